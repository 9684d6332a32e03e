-- Tests of commands.xml, the sequence of the first steps.

local programs = {
  hostname = {output = "pc-1\n"},
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
    expect(r.variables.HostName).equals("pc-1")
    expect(r.variables.Answer).equals("42")
    expect(r.variables.Code).equals("1")
  end)

  it("ends a program that takes too long", function()
    expect(r:step("Too slow").code).equals(0x800705B4)
    expect(r:step("Too slow").duration).less_than(2000)
  end)

  it("does the second part only on a machine with a name", function()
    local nameless = simulate{sequence = "../commands.xml", mock = {hostname = {output = ""}}}
    expect(nameless:skipped("Only when it has a name")).is_true()
    expect(nameless:reason("Fails, and may")).contains("Only when it has a name")
    expect(nameless:called("sleep")).equals(0)
  end)

  it("does it too when nobody can know the name, and says so", function()
    local unknown = simulate{sequence = "../commands.xml"}
    expect(unknown.verdict).equals("success if assumed")
    expect(unknown:step("Only when it has a name").assumed).is_true()
    local skip = simulate{sequence = "../commands.xml", unknown = "skip"}
    expect(skip:ran("Too slow")).is_false()
  end)
end)
