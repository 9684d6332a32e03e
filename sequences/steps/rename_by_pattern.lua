-- Gives OSDComputerName a value from a pattern of facts; Apply Windows Settings and the join steps
-- use it.

local function plain(text) return (text:gsub("[^%w%-]", "")):upper() end

return {
  type = "TaskSeq_RenameByPattern", title = "Rename by Pattern", version = "1.0",
  help = "Makes OSDComputerName from a pattern such as 'NB-{serial:8}': {fact} is a fact of the machine, :n its last n characters.",
  phase = "any", effects = {}, resume = "again", outputs = {"OSDComputerName"},
  inputs = {
    {name = "Pattern", required = true, help = "Text with {fact} or {fact:n}, for example 'NB-{serial:8}'."},
    {name = "Overwrite", type = "bool", default = "false", help = "Also when OSDComputerName is set already."},
  },
  run = function(input)
    if ts.var.get("OSDComputerName") and input.Overwrite:lower() ~= "true" then return 0 end
    local name = input.Pattern:gsub("{(%w[%w_]*):?(%d*)}", function(fact, n)
      local value = plain(ts.host.fact(fact))
      if value == "" then error("this machine does not say its '" .. fact .. "'", 0) end
      return n == "" and value or value:sub(-tonumber(n))
    end)
    if #name > 15 or not name:find("^%w[%w%-]*%w$") or not name:find("%D") then
      return {code = 123, text = "'" .. name .. "' is no computer name: 2 to 15 letters, digits and '-', not only digits"}
    end
    ts.var.set("OSDComputerName", name)
    ts.log.info("OSDComputerName is '" .. name .. "'")
  end,
}
