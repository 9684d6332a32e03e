-- Waits until an adapter has a link and an address, and, when told, until a server answers.

return {
  type = "TaskSeq_WaitForNetwork", title = "Wait for Network", version = "1.0",
  help = "Waits until the network is there; fails when it does not come.",
  phase = "any", effects = {"net"}, resume = "again",
  inputs = {
    {name = "Minutes", type = "int", default = "5", help = "How long to wait, 0 to 120."},
    {name = "Url", help = "An https URL that must answer, too. Empty: none."},
  },
  run = function(input)
    local minutes = tonumber(input.Minutes)
    if minutes < 0 or minutes > 120 then return {code = 87, text = "Minutes must be 0 to 120"} end
    local began, why = ts.host.now(), "no adapter has a link and an address"
    while true do
      if ts.host.fact("net_connected") == "True" then
        if input.Url == "" then return 0 end
        local ok, e = pcall(ts.http.get, {url = input.Url, timeout = 20, max = 1048576})
        if ok then return 0 end
        why = type(e) == "table" and e.message or e
      end
      local waited = ts.host.now() - began
      if waited >= minutes * 60000 then
        return {code = 1231, text = why .. " (waited " .. minutes .. " minutes)"}
      end
      ts.progress(waited, minutes * 60000, "waiting for the network")
      ts.host.sleep(5000)
    end
  end,
}
