-- check-network.lua - refuses the start when the network cannot carry a deployment.
--
--   CheckNetworkMinutes   how long to wait for an address (default 2)
--   CheckNetworkWired     true: a wired adapter is needed
--   CheckNetworkUrl       an https URL that must answer (your content server); empty: none is asked

local minutes = tonumber(ts.var.get("CheckNetworkMinutes") or "2")
if not minutes or minutes < 0 or minutes > 120 then
  error("CheckNetworkMinutes must be a number from 0 to 120", 0)
end
local need_wired = (ts.var.get("CheckNetworkWired") or "false"):lower() == "true"

local function problem()
  if ts.host.fact("net_connected") ~= "True" then return "no network adapter has a link and an address" end
  if need_wired and ts.host.fact("net_wired") ~= "True" then return "a wired connection is needed, and this one is not" end
end

local limit = ts.host.now() + minutes * 60000
local what = problem()
while what and ts.host.now() < limit do
  ts.log.info("waiting: " .. what)
  ts.host.sleep(5000)
  what = problem()
end
if what then error(what .. " (waited " .. minutes .. " minutes)", 0) end

local url = ts.var.get("CheckNetworkUrl")
if url then
  local ok, answer = pcall(ts.http.get, {url = url, timeout = 20, max = 1048576})
  if not ok then error(answer) end
  ts.log.info(("'%s' answers with status %d"):format(url, answer.status))
end
ts.log.info("network: " .. ts.host.fact("ip") .. ", gateway " .. ts.host.fact("gateway"))
