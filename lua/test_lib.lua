-- test_lib.lua - describe, it, before, after, expect, simulate, step: what a test file sees.
-- The runner (test_file.c) passes the functions of the engine in and gets the list of cases back.
local native = ...
local json = ts.json
local cases, groups = {}, {{name = nil, before = {}, after = {}}}

-- Functions of the engine raise errors without a place; the test's own line is put in front.
local function ask(level, f, ...)
  local answer = {pcall(f, ...)}
  if answer[1] then return answer[2] end
  local e = answer[2]
  error(type(e) == "table" and e.message or e, level + 1)
end

local function need(level, value, kind, what)
  if type(value) ~= kind then
    error(what .. " must be a " .. kind .. ", not a " .. type(value), level + 1)
  end
end

-- Cases -------------------------------------------------------------------------------------------

local running = false

local function path_of()
  local names = {}
  for _, g in ipairs(groups) do names[#names + 1] = g.name end
  return table.concat(names, " > ")
end

local function only_while_loading(what)
  if running then error("'" .. what .. "' belongs outside of a running test", 3) end
end

function describe(name, body)
  only_while_loading("describe")
  need(2, name, "string", "the name")
  need(2, body, "function", "the body")
  groups[#groups + 1] = {name = name, before = {}, after = {}}
  body()
  groups[#groups] = nil
end

local function hooks(field)
  return function(f)
    only_while_loading(field)
    need(2, f, "function", field)
    local list = groups[#groups][field]
    list[#list + 1] = f
  end
end
before, after = hooks("before"), hooks("after")

local function add_case(name, body, why)
  local own = {}
  for i, g in ipairs(groups) do own[i] = g end
  cases[#cases + 1] = {suite = path_of(), name = name, body = body, groups = own, skip = why}
end

it = setmetatable({
  skip = function(name, why)
    only_while_loading("it.skip")
    need(2, name, "string", "the name")
    add_case(name, nil, type(why) == "string" and why or "skipped")
  end,
}, {
  __call = function(_, name, body)
    only_while_loading("it")
    need(2, name, "string", "the name")
    need(2, body, "function", "the body")
    add_case(name, body)
  end,
})

local function run_body(case)
  for _, g in ipairs(case.groups) do
    for _, f in ipairs(g.before) do f() end
  end
  case.body()
end

-- Without 'after' nothing has to be caught, and a traceback shows the way to the error.
local function run_case(case)
  local hooks_after = {}
  for i = #case.groups, 1, -1 do
    for _, f in ipairs(case.groups[i].after) do hooks_after[#hooks_after + 1] = f end
  end
  if #hooks_after == 0 then
    run_body(case)
    return
  end
  local ok, problem = pcall(run_body, case)
  for _, f in ipairs(hooks_after) do
    local fine, why = pcall(f)
    if ok and not fine then ok, problem = false, why end
  end
  if not ok then error(problem, 0) end
end

-- Showing values ----------------------------------------------------------------------------------

local show

local function sorted_keys(t)
  local keys = {}
  for k in pairs(t) do keys[#keys + 1] = k end
  table.sort(keys, function(a, b)
    if type(a) == type(b) and (type(a) == "number" or type(a) == "string") then return a < b end
    return type(a) .. tostring(a) < type(b) .. tostring(b)
  end)
  return keys
end

show = function(value, indent, depth)
  indent, depth = indent or "", depth or 0
  if type(value) == "string" then return (string.format("%q", value):gsub("\\\n", "\\n")) end
  if type(value) ~= "table" then return tostring(value) end
  if next(value) == nil then return "{}" end
  if depth > 8 then return "{...}" end
  local lines, inner = {"{"}, indent .. "  "
  for _, k in ipairs(sorted_keys(value)) do
    local key = type(k) == "number" and "" or tostring(k) .. " = "
    lines[#lines + 1] = inner .. key .. show(value[k], inner, depth + 1) .. ","
  end
  lines[#lines + 1] = indent .. "}"
  return table.concat(lines, "\n")
end

local function split(text)
  local lines = {}
  for line in (text .. "\n"):gmatch("(.-)\n") do lines[#lines + 1] = line end
  return lines
end

-- Lines that differ, with two lines of what is alike round them.
local function difference(want, got)
  local a, b = split(want), split(got)
  local head, tail = 0, 0
  while head < #a and head < #b and a[head + 1] == b[head + 1] do head = head + 1 end
  while tail < #a - head and tail < #b - head and a[#a - tail] == b[#b - tail] do tail = tail + 1 end
  local out = {}
  local function add(mark, lines, first, last)
    for i = first, last do
      if #out < 60 then out[#out + 1] = mark .. lines[i] end
    end
  end
  add("    ", a, math.max(1, head - 1), head)
  add("  - ", a, head + 1, #a - tail)
  add("  + ", b, head + 1, #b - tail)
  add("    ", a, #a - tail + 1, math.min(#a, #a - tail + 2))
  return "  (- expected, + got)\n" .. table.concat(out, "\n")
end

local function two(want, got, phrase)
  local x, y = show(want), show(got)
  if x:find("\n", 1, true) or y:find("\n", 1, true) then
    return "not as expected\n" .. difference(x, y)
  end
  return phrase .. "\n  expected: " .. x .. "\n       got: " .. y
end

local function same(a, b, depth)
  if a == b then return true end
  if type(a) ~= "table" or type(b) ~= "table" or depth > 100 then return false end
  for k, v in pairs(a) do
    if not same(v, b[k], depth + 1) then return false end
  end
  for k in pairs(b) do
    if a[k] == nil then return false end
  end
  return true
end

-- expect ------------------------------------------------------------------------------------------

local function number(value, what)
  if type(value) ~= "number" then error(what .. " is no number: " .. show(value), 0) end
  return value
end

local function holds(got, want)
  if type(got) == "string" then return got:find(tostring(want), 1, true) ~= nil end
  if type(got) ~= "table" then error("a " .. type(got) .. " cannot contain anything", 0) end
  for _, v in pairs(got) do
    if same(v, want, 0) then return true end
  end
  return false
end

local function size(got)
  if type(got) ~= "string" and type(got) ~= "table" then error("a " .. type(got) .. " has no length", 0) end
  return #got
end

-- Each gives: does it hold, and what to say when it does not.
local checks = {
  equals = function(got, want) return same(want, got, 0), two(want, got, "not equal") end,
  is = function(got, want) return rawequal(want, got), two(want, got, "not the same") end,
  contains = function(got, want)
    return holds(got, want), "does not contain " .. show(want) .. "\n  got: " .. show(got)
  end,
  matches = function(got, pattern)
    return type(got) == "string" and got:find(pattern) ~= nil,
      "does not match the pattern " .. show(pattern) .. "\n  got: " .. show(got)
  end,
  exists = function(got) return got ~= nil, "is nil" end,
  is_true = function(got) return got == true, two(true, got, "not true") end,
  is_false = function(got) return got == false, two(false, got, "not false") end,
  has_length = function(got, n)
    return size(got) == n, "length is " .. size(got) .. ", not " .. tostring(n) .. "\n  got: " .. show(got)
  end,
  less_than = function(got, n)
    return number(got, "the value") < number(n, "the bound"), show(got) .. " is not less than " .. show(n)
  end,
  more_than = function(got, n)
    return number(got, "the value") > number(n, "the bound"), show(got) .. " is not more than " .. show(n)
  end,
  raises = function(got, text)
    if type(got) ~= "function" then error("expect(...).raises needs a function", 0) end
    local ok, e = pcall(got)
    local said = type(e) == "table" and tostring(e.message) or tostring(e):gsub("\1", "")
    if ok then return false, "no error was raised" end
    return text == nil or said:find(text, 1, true) ~= nil,
      "the error does not say " .. show(text) .. "\n  it says: " .. said
  end,
}

-- "\1" marks a failed expectation: the runner shows no traceback for it.
local function assertions(got, negate)
  local methods = {}
  for name, check in pairs(checks) do
    methods[name] = function(...)
      local fine, ok, text = pcall(check, got, ...)
      if not fine then error("\1" .. tostring(ok), 2) end
      if ok == negate then
        if negate then text = "holds, and should not: " .. name .. "\n  got: " .. show(got) end
        error("\1" .. text, 2)
      end
    end
  end
  return methods
end

function expect(got)
  local methods = assertions(got, false)
  return setmetatable(methods, {
    __index = function(_, name)
      if name == "never" then return assertions(got, true) end
      error("expect has no '" .. tostring(name) .. "'", 2)
    end,
  })
end

-- Results -----------------------------------------------------------------------------------------

local function find_step(result, name, level)
  need(level + 1, name, "string", "the step's name")
  local found
  for _, s in ipairs(result.steps) do
    if s.name == name or s.path == name then
      found = s
      if s.outcome ~= "condition" and s.outcome ~= "disabled" then return s end
    end
  end
  if not found and not native.has_step(result._world, name) then
    error("the sequence has no step or group '" .. name .. "'", level + 1)
  end
  return found
end

local methods = {}

function methods.step(result, name) return (find_step(result, name, 2)) end

function methods.ran(result, name)
  local s = find_step(result, name, 2)
  return s ~= nil and s.outcome ~= "condition" and s.outcome ~= "disabled"
end

function methods.skipped(result, name)
  local s = find_step(result, name, 2)
  return s ~= nil and (s.outcome == "condition" or s.outcome == "disabled")
end

function methods.reached(result, name) return find_step(result, name, 2) ~= nil end

function methods.reason(result, name)
  local s = find_step(result, name, 2)
  return s and s.reason
end

function methods.order(result)
  local names = {}
  for _, s in ipairs(result.steps) do
    if not s.group and s.outcome ~= "condition" and s.outcome ~= "disabled" then
      names[#names + 1] = s.name
    end
  end
  return names
end

function methods.has_effect(result, id)
  for _, e in ipairs(result.effects) do
    for _, own in ipairs(e.effects) do
      if own == id then return true end
    end
  end
  return false
end

function methods.wipes(result)
  local list = {}
  for _, e in ipairs(result.effects) do
    for _, own in ipairs(e.effects) do
      if own == "disk.wipe" then list[#list + 1] = e.text end
    end
  end
  return list
end

function methods.file(result, path) return ask(2, native.file, result._world, path) end
function methods.registry(result, key, value) return ask(2, native.registry, result._world, key, value) end
function methods.called(result, program, arguments)
  return ask(2, native.called, result._world, program, arguments)
end

local lazy = {
  steps = native.steps,
  effects = native.effects,
  log = native.log,
  machine = function(world) return json.decode(native.state(world)) end,
  variables = function(world)
    return setmetatable({}, {
      __index = function(_, name) return native.variable(world, tostring(name)) end,
      __newindex = function() error("a result cannot be changed", 2) end,
    })
  end,
}

local result_meta = {
  __index = function(result, name)
    if methods[name] then return methods[name] end
    local make = lazy[name]
    if not make then return nil end
    local value = ask(2, make, result._world)
    rawset(result, name, value)
    return value
  end,
}

local function as_result(world)
  local result = native.summary(world)
  result._world = world
  return setmetatable(result, result_meta)
end

local function options(level, given, known)
  local own = {}
  for k, v in pairs(given) do
    if not known[k] then
      local names = sorted_keys(known)
      error("unknown option '" .. tostring(k) .. "'; known are: " .. table.concat(names, ", "), level + 1)
    end
    own[k] = v
  end
  if type(own.machine) == "table" then
    own.machine_json = ask(level + 1, json.encode, own.machine)
    own.machine = nil
  end
  if type(own.power_cut_after) == "number" then own.power_cut_after = {own.power_cut_after} end
  return own
end

local function set(...)
  local t = {}
  for _, name in ipairs({...}) do t[name] = true end
  return t
end

local simulate_options = set("sequence", "xml", "id", "machine", "variables", "mock", "fail",
  "power_cut_after", "power_cut_in", "unknown", "steps", "prestart")

function simulate(given)
  need(2, given, "table", "what 'simulate' gets")
  return as_result(ask(2, native.simulate, options(2, given, simulate_options)))
end

-- A profile as a table, to be changed and given to simulate.
function machine(name)
  need(2, name, "string", "the machine's name")
  return json.decode(ask(2, native.profile, name))
end

local step_options = set("machine", "variables", "mock")

step = {
  run = function(file, inputs, given)
    need(2, file, "string", "the step's file")
    local own = options(2, given or {}, step_options)
    own.step, own.inputs = file, inputs or {}
    need(2, own.inputs, "table", "the inputs")
    local result = as_result(ask(2, native.simulate, own))
    local last = result.steps[1]
    if last then
      result.code, result.outcome, result.text = last.code, last.outcome, last.reason
    end
    return result
  end,
}

ts = {json = json, hash = ts.hash}

return cases, run_case, function(on) running = on end
