-- select-sequence.lua - chooses what this machine gets, from a table that lies beside the script.
--
-- select-sequence.json is a list; the first entry whose conditions all hold sets its variables:
--
--   [ { "when": { "make": "Dell*", "is_laptop": "True" }, "set": { "Role": "Laptop" } },
--     { "when": {}, "set": { "Role": "Standard" } } ]
--
-- Conditions are facts (docs/reference/lua-api.md) with * and ?; "variable:NAME" asks a task
-- sequence variable. Groups of the sequence then have conditions on those variables. A machine that
-- no entry fits refuses the start.

local FILE = ts.var.get("SelectSequenceFile") or "select-sequence.json"

local function fits(text, pattern)
  local p = pattern:lower():gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0"):gsub("%*", ".*"):gsub("%?", ".")
  return text:lower():find("^" .. p .. "$") ~= nil
end

local function value_of(name)
  local variable = name:match("^variable:(.+)$")
  if variable then return ts.var.get(variable) or "" end
  return ts.host.fact(name)
end

local function matches(when, number)
  if type(when) ~= "table" then error(FILE .. ": entry " .. number .. " has no 'when'", 0) end
  for name, pattern in pairs(when) do
    if type(pattern) ~= "string" then
      error(FILE .. ": entry " .. number .. ": '" .. name .. "' must be a text", 0)
    end
    if not fits(value_of(name), pattern) then return false end
  end
  return true
end

for number, entry in ipairs(ts.json.decode(ts.script.read(FILE))) do
  if matches(entry.when, number) then
    for name, value in pairs(entry.set or {}) do ts.var.set(name, value) end
    ts.log.info(("entry %d of %s fits this machine"):format(number, FILE))
    return
  end
end
error(FILE .. ": no entry fits this machine (" .. ts.host.fact("make") .. " " .. ts.host.fact("model") .. ")", 0)
