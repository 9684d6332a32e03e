-- Certificates made for this test; nobody has their key any more.
local ROOT = [[
-----BEGIN CERTIFICATE-----
MIIBUDCB96ADAgECAgEBMAoGCCqGSM49BAMCMBcxFTATBgNVBAMMDEV4YW1wbGUg
Um9vdDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFzEVMBMGA1UE
AwwMRXhhbXBsZSBSb290MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEFDM3WJxq
E02LfxaTZa9RxDkXypmqFtl+zl7q4hWszzUhdOBxi6I+lmxtDp2wX9K7uWxi8Ojp
4dX3ptHef4RVtqMyMDAwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQUDf1V7LeF
m4oNsCAa8TrzhfC/aBcwCgYIKoZIzj0EAwIDSAAwRQIhAKKdIDnaFi5hqNI5FV5i
5SDbbb2Uw1z3yCqPI6mskaFDAiBPoCJ55n4g+e8dd/LiTK4D8RlWUrsbeeWQgiKk
lcgN0Q==
-----END CERTIFICATE-----
]]
local OLD = [[
-----BEGIN CERTIFICATE-----
MIIBTzCB9aADAgECAgECMAoGCCqGSM49BAMCMBcxFTATBgNVBAMMDEV4YW1wbGUg
Um9vdDAeFw0yMDAxMDEwMDAwMDBaFw0yMTAxMDEwMDAwMDBaMBcxFTATBgNVBAMM
DEV4YW1wbGUgUm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBQzN1icahNN
i38Wk2WvUcQ5F8qZqhbZfs5e6uIVrM81IXTgcYuiPpZsbQ6dsF/Su7lsYvDo6eHV
96bR3n+EVbajMjAwMA8GA1UdEwEB/wQFMAMBAf8wHQYDVR0OBBYEFA39Vey3hZuK
DbAgGvE684Xwv2gXMAoGCCqGSM49BAMCA0kAMEYCIQC6mPuLZhe/v7DPJZwU2/JA
oh1s3rJbXRVC9ip+St7oPwIhAJcbv2HR8T97ssMtzCqIXErGCnEcphbju370z7fV
3JKD
-----END CERTIFICATE-----
]]
local LEAF = [[
-----BEGIN CERTIFICATE-----
MIIBSTCB8aADAgECAgEDMAoGCCqGSM49BAMCMBcxFTATBgNVBAMMDEV4YW1wbGUg
Um9vdDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFzEVMBMGA1UE
AwwMRXhhbXBsZSBSb290MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEFDM3WJxq
E02LfxaTZa9RxDkXypmqFtl+zl7q4hWszzUhdOBxi6I+lmxtDp2wX9K7uWxi8Ojp
4dX3ptHef4RVtqMsMCowCQYDVR0TBAIwADAdBgNVHQ4EFgQUDf1V7LeFm4oNsCAa
8TrzhfC/aBcwCgYIKoZIzj0EAwIDRwAwRAIgPgi6m4/37y62CugdA1jrFOZlIHdQ
4sSKZ1ThZmjsZ4kCICeySmzga5mGK/zpeYKit7FZe9gwaB8iHCQrs81Juquk
-----END CERTIFICATE-----
]]

local function run(pem, inputs)
  inputs = inputs or {}
  inputs.File = "X:\\certs\\ca.pem"
  return step.run("install_certificate.lua", inputs, {machine = {name = "x", firmware = "uefi", smbios = {manufacturer = "Example", model = "PC"}, files = {["X:/certs/ca.pem"] = pem}}})
end

describe("Install a Certificate", function()
  it("trusts a root", function()
    local r = run(ROOT)
    expect(r.outcome).equals("ok")
    expect(r:has_effect("cert.trust")).is_true()
    expect(table.concat(r.log, "\n")).contains("'CN = Example Root' was added (root)")
    expect(r.variables._TaskseqTrust).contains("BEGIN CERTIFICATE")
  end)
  it("leaves the engine's own trust alone when told", function()
    expect(run(ROOT, {Engine = "false"}).variables._TaskseqTrust).equals(nil)
  end)
  it("refuses an expired one", function() expect(run(OLD).text).contains("expired at 2021-01-01") end)
  it("refuses what is no authority", function() expect(run(LEAF).text).contains("no certificate of an authority") end)
  it("refuses rubbish", function() expect(run("rubbish").outcome).equals("failed") end)
end)
