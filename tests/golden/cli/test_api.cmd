# Every function of the test API with wrong types: an error each time, never a crash; and a step alone.
cat >wrong_test.lua <<'LUA'
local XML = '<sequence version="3.10"><step type="SMS_TaskSequence_RunCommandLineAction" name="A"><action>smsswd.exe /run: a.exe</action></step></sequence>'
local odd = {nil, true, false, 0, -1, 1.5, 2^63, "", "x", "a/b", "\0\1\255", {}, {1}, {{}}, {x = {}}, print or ipairs, function() end, ts}
local N = 18
local errors, calls = 0, 0
local function try(f, ...)
  calls = calls + 1
  local ok = pcall(f, ...)
  if not ok then errors = errors + 1 end
end
local OPTIONS = {"sequence", "xml", "id", "machine", "variables", "mock", "fail", "power_cut_after",
  "power_cut_in", "unknown", "steps", "prestart", "nonsense", "step", "inputs", "machine_json"}
it("simulate", function()
  for i = 1, N do
    try(simulate, odd[i])
    try(simulate, odd[i], odd[i])
    for _, name in ipairs(OPTIONS) do try(simulate, {xml = XML, [name] = odd[i]}) end
    for _, name in ipairs({"variables", "mock", "fail"}) do
      for k = 1, N do
        if type(odd[k]) == "string" or type(odd[k]) == "boolean" then try(simulate, {xml = XML, [name] = {[odd[k]] = odd[i]}}) end
      end
    end
    for _, name in ipairs({"arguments", "exit_code", "output", "duration", "missing", "sets", "creates", "x"}) do
      try(simulate, {xml = XML, mock = {a = {[name] = odd[i]}}})
    end
  end
  expect(errors).more_than(200)
  expect(errors).less_than(calls)
end)
it("results", function()
  local r = simulate{xml = XML}
  for i = 1, N do
    for _, name in ipairs({"step", "ran", "skipped", "reached", "reason", "order", "has_effect", "wipes", "file", "registry", "called"}) do
      try(r[name], r, odd[i])
      try(r[name], odd[i], odd[i])
      try(r[name], r, "HKLM\\Software", odd[i])
    end
    try(function() return r[odd[i]] end)
    try(function() return r.variables[odd[i]] end)
    try(function() r.variables[odd[i]] = 1 end)
    try(step.run, odd[i], odd[i], odd[i])
    try(step.run, "wait.lua", odd[i])
    try(step.run, "wait.lua", {Minutes = odd[i]})
    try(step.run, "wait.lua", {}, odd[i])
    try(machine, odd[i])
  end
end)
it("expect", function()
  for i = 1, N do
    for _, name in ipairs({"equals", "is", "contains", "matches", "exists", "is_true", "is_false", "has_length", "less_than", "more_than", "raises"}) do
      for k = 1, N do
        try(expect(odd[i])[name], odd[k])
        try(expect(odd[i]).never[name], odd[k])
      end
    end
    try(function() return expect(1)[odd[i]] end)
    try(describe, odd[i], odd[i]) try(it, odd[i], odd[i]) try(it.skip, odd[i], odd[i]) try(before, odd[i]) try(after, odd[i])
  end
end)
it("has no way out", function()
  for _, name in ipairs({"os", "io", "load", "loadstring", "require", "debug", "dofile", "package", "coroutine"}) do
    expect(_G[name]).equals(nil)
  end
  expect(ts.host).equals(nil)
end)
local kept
it("keeps no result", function() kept = simulate{xml = XML} end)
it("beyond its test", function() expect(function() return kept.steps end).raises("of another test") end)
LUA
cat >wait.lua <<'LUA'
return {
  type = "Example_Wait", title = "Wait", help = "Waits.", version = "1",
  inputs = {{name = "Minutes", type = "int", default = "5", help = "How long."},
            {name = "Mode", type = "enum", choices = "a b", default = "a", help = "How."}},
  outputs = {"Waited"},
  run = function(input)
    if input.Mode == "b" then
      return {code = 7, text = "mode b is not ready"}
    end
    ts.log.info("waiting " .. input.Minutes)
    ts.var.set("Waited", input.Minutes)
    return 0
  end,
}
LUA
cat >step_test.lua <<'LUA'
describe("a step alone", function()
  it("runs with defaults", function()
    local r = step.run("wait.lua")
    expect(r.outcome).equals("ok")
    expect(r.variables.Waited).equals("5")
  end)
  it("gets inputs", function() expect(step.run("wait.lua", {Minutes = 9}).variables.Waited).equals("9") end)
  it("fails with code and text", function()
    local r = step.run("wait.lua", {Mode = "b"})
    expect(r.outcome).equals("failed")
    expect(r.code).equals(7)
    expect(r.text).equals("mode b is not ready")
  end)
  it("refuses wrong inputs", function()
    expect(step.run("wait.lua", {Minutes = "soon"}).text).contains("not a whole number")
    expect(function() step.run("wait.lua", {Minuets = 1}) end).raises("declares no input 'Minuets'")
  end)
end)
LUA
short() { sed -E 's/ \([0-9.]+ ms\)//; s/ in [0-9.]+ ms$//'; }
taskseq test wrong_test.lua | short
taskseq test step_test.lua --coverage | short
echo 'it("a", ' >syntax_test.lua
taskseq test syntax_test.lua | short
printf 'it("\xff", function() end)' >utf8_test.lua
taskseq test utf8_test.lua | short
taskseq test missing
mkdir empty; taskseq test empty
taskseq test
