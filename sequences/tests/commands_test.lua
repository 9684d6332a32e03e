-- Tests of commands.xml, the sequence of the first steps on Linux.

local programs = {
  echo = {output = "Hello from Say hello\n"},
  taskseq = {exit_code = 0, sets = {"Answer=42"}},
  ["false"] = 1,
  sleep = {duration = 30000},
}

describe("commands", function()
  local r
  before(function() r = simulate{sequence = "../commands.xml", mock = programs} end)

  it("succeeds although two steps fail", function()
    expect(r.outcome).equals("ok")
    expect(r:step("Fails, and may").outcome).equals("failed, continued")
    expect(r:step("Too slow").outcome).equals("failed, continued")
  end)

  it("keeps output and exit code in variables", function()
    expect(r.variables.Greeting).equals("Hello from Say hello")
    expect(r.variables.Answer).equals("42")
    expect(r.variables.Code).equals("1")
  end)

  it("ends a program that takes too long", function()
    expect(r:step("Too slow").code).equals(0x800705B4)
    expect(r:step("Too slow").duration).less_than(2000)
  end)

  it("does the second part only after a greeting", function()
    local silent = simulate{sequence = "../commands.xml", mock = {echo = {output = "Bye\n"}}}
    expect(silent:skipped("Only when it greeted")).is_true()
    expect(silent:reason("Fails, and may")).contains("Only when it greeted")
    expect(silent:called("sleep")).equals(0)
  end)
end)
