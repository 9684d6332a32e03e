-- Adds an authority's certificate to the machine's store and to what taskseq itself trusts.

return {
  type = "TaskSeq_InstallCertificate", title = "Install a Certificate", version = "1.0",
  help = "Adds the certificates of a file (PEM, DER or PKCS#7) to the trusted roots or intermediates of the machine.",
  phase = "any", effects = {"cert.trust"}, resume = "again",
  inputs = {
    {name = "File", type = "path", required = true, help = "File on the machine."},
    {name = "Store", type = "enum", choices = "auto root ca", default = "auto", help = "auto: self-signed ones are roots, others intermediates."},
    {name = "Engine", type = "bool", default = "true", help = "Also trusted by taskseq for downloads."},
  },
  run = function(input)
    local now = ts.time.utc():sub(1, 19)
    local list = ts.cert.bundle(ts.file.read(input.File), input.File)
    for _, cert in ipairs(list) do
      if not cert.is_ca then return {code = 87, text = "'" .. cert.subject .. "' is no certificate of an authority"} end
      if cert.weak then return {code = 87, text = "'" .. cert.subject .. "' is too weak: " .. cert.weak} end
      if cert.not_after:sub(1, 19) < now then return {code = 87, text = "'" .. cert.subject .. "' expired at " .. cert.not_after} end
    end
    for _, cert in ipairs(list) do
      local store = input.Store
      if store == "auto" then store = cert.is_self_signed and "root" or "ca" end
      local added = ts.host.cert_add(store, cert)
      if input.Engine:lower() == "true" then ts.trust.add(cert) end
      ts.log.info(("'%s' %s (%s)"):format(cert.subject, added and "was added" or "was there already", store))
    end
  end,
}
