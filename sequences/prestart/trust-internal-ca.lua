-- trust-internal-ca.lua - lets this machine and taskseq itself trust an internal authority.
--
--   taskseq run sequence.xml --prestart trust-internal-ca.lua
--
-- Certificates: the files that the variable TrustCertificates names (divided by ';'), else every
-- .pem .crt .cer .der .p7b .p7c file beside this script. PEM, DER and PKCS#7 bundles are read. Give
-- the root and all intermediates: servers often forget to send theirs.
--
-- Every certificate is looked at before the first one is trusted. Expired, not yet valid, weak (RSA
-- below 2048 bits, MD5 or SHA-1) and non-CA certificates are refused, and so is a chain with a link
-- missing. Running it twice changes nothing.

local function file_names()
  local given = ts.var.get("TrustCertificates") or ""
  local names = {}
  for name in given:gmatch("[^;]+") do names[#names + 1] = name:match("^%s*(.-)%s*$") end
  if #names > 0 then return names end
  for _, name in ipairs(ts.script.files()) do
    local kind = (name:match("%.(%w+)$") or ""):lower()
    if ("pem crt cer der p7b p7c"):find(kind, 1, true) and #kind == 3 then names[#names + 1] = name end
  end
  if #names == 0 then
    error("no certificates: put the root and the intermediates beside the script, or name the files in TrustCertificates", 0)
  end
  return names
end

-- A path of the machine ("X:\certs\root.cer", "/media/root.pem"), else a file beside the script.
local function read(name)
  if name:find("^%a:[/\\]") or name:find("^[/\\]") then return ts.file.read(name) end
  return ts.script.read(name)
end

local function read_all()
  local list, seen = {}, {}
  for _, name in ipairs(file_names()) do
    for _, cert in ipairs(ts.cert.bundle(read(name), name)) do
      cert.file = name
      if not seen[cert.sha256] then list[#list + 1] = cert end
      seen[cert.sha256] = true
    end
  end
  return list
end

local function problem_of(cert, now)
  if cert.not_before:sub(1, 19) > now then
    return "is not valid before " .. cert.not_before .. " (this machine's clock says " .. now .. "Z: check the clock)"
  elseif cert.not_after:sub(1, 19) < now then
    return "expired at " .. cert.not_after .. " (this machine's clock says " .. now .. "Z: check the clock)"
  elseif not cert.is_ca then
    return "is no certificate of an authority (CA), it cannot be trusted to issue others"
  elseif cert.weak then
    return "is too weak: " .. cert.weak
  end
end

local function check(list)
  local now, problems = ts.time.utc():sub(1, 19), {}
  for _, cert in ipairs(list) do
    local problem = problem_of(cert, now)
    if problem then
      problems[#problems + 1] = ("the certificate '%s' (%s) %s"):format(cert.subject, cert.file, problem)
    end
  end
  local chain, missing = ts.cert.chain(list)
  for _, text in ipairs(missing) do problems[#problems + 1] = text .. " is missing" end
  if #problems > 0 then
    error({code = "TRUST", message = "nothing was trusted: " .. table.concat(problems, "; ")})
  end
  return chain
end

-- A machine that has no such store (Linux: none for intermediates) is told, not guessed.
local function add_to_machine(cert)
  local store = cert.is_self_signed and "root" or "ca"
  local ok, answer = pcall(ts.host.cert_add, store, cert)
  if ok then return answer and "added" or "there already" end
  if answer.code == "UNSUPPORTED" then
    ts.log.warning("the machine's store was left alone: " .. answer.message)
    return "not in the machine's store"
  end
  error(answer)
end

local chain = check(read_all())
ts.log.info("the chain, root last:")
for _, cert in ipairs(chain) do
  local machine = add_to_machine(cert)
  local engine = ts.trust.add(cert) and "added" or "there already"
  ts.log.info(("  %s, until %s, %s %d, SHA-256 %s; machine: %s; engine: %s"):format(cert.subject,
    cert.not_after:sub(1, 10), cert.key_type, cert.key_bits, cert.sha256:sub(1, 16), machine, engine))
end
