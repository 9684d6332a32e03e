local URL = "https://chat.example/hooks/SECRETKEY"
local function run(inputs, answer)
  inputs.Url = inputs.Url or URL
  return step.run("notify_webhook.lua", inputs, {machine = {name = "x", firmware = "uefi", smbios = {manufacturer = "Example", model = "PC"}, urls = {[URL] = answer or "ok"}}})
end

describe("Notify a Webhook", function()
  it("posts", function()
    local r = run{Text = "done"}
    expect(r.outcome).equals("ok")
    expect(r:has_effect("net")).is_true()
  end)
  it("only warns when the server is down", function()
    local r = run({Text = "done"}, {error = "cannot connect"})
    expect(r.outcome).equals("ok")
    expect(table.concat(r.log, "\n")).contains("cannot connect")
  end)
  it("fails when told", function()
    expect(run({Text = "done", Required = "true"}, {status = 500}).outcome).equals("failed")
  end)
  it("refuses a body that is no JSON", function() expect(run{Json = "{"}.outcome).equals("failed") end)
  it("sends to https only", function()
    expect(run{Url = "http://chat.example/", Required = "true"}.outcome).equals("failed")
  end)
  it("keeps the URL out of the log", function()
    expect(table.concat(run({Text = "x"}, {error = "no"}).log, "\n")).never.contains("SECRETKEY")
  end)
end)
