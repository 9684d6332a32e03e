cat >a_test.lua <<'LUA'
local SEQUENCE = [[<sequence version="3.10">
  <group name="Prepare">
    <step type="SMS_TaskSequence_RunCommandLineAction" name="Prepare" successCodeList="0">
      <condition><expression type="SMS_TaskSequence_VariableConditionExpression">
        <variable name="Operator">equals</variable><variable name="Value">yes</variable>
        <variable name="Variable">Wanted</variable></expression></condition>
      <action>smsswd.exe /run: prepare.exe /quiet</action></step>
    <step type="SMS_TaskSequence_SetVariableAction" name="Remember"><action>tsenv.exe "Done=1"</action>
      <defaultVarList><variable name="VariableName" property="VariableName">Done</variable>
      <variable name="VariableValue" property="VariableValue">1</variable></defaultVarList></step>
  </group></sequence>]]
local count = 0
describe("a sequence", function()
  local r
  before(function()
    count = count + 1
    r = simulate{xml = SEQUENCE, machine = "laptop-nvme-tpm2", variables = {Wanted = "yes"},
                 mock = {["prepare.exe"] = {exit_code = 0, duration = 1500}}}
  end)
  it("runs its steps in order", function()
    expect(r.outcome).equals("ok")
    expect(r:order()).equals({"Prepare", "Remember"})
    expect(r.variables.Done).equals("1")
    expect(r:called("prepare.exe")).equals(1)
    expect(r:step("Prepare/Prepare#1").duration).equals(1500)
  end)
  it("runs 'before' for each test", function() expect(count).equals(2) end)
  describe("when a program fails", function()
    it("fails", function()
      local f = simulate{xml = SEQUENCE, variables = {Wanted = "yes"}, fail = {Prepare = 0x80070005}}
      expect(f.outcome).equals("failed")
      expect(f.code).equals(0x80070005)
      expect(f.failed_step).equals("Prepare")
      expect(f:reached("Remember")).is_false()
    end)
  end)
  it("says why a step is skipped", function()
    local s = simulate{xml = SEQUENCE}
    expect(s:skipped("Prepare/Prepare#1")).is_true()
    expect(s:reason("Prepare/Prepare#1")).contains("Wanted is not set")
  end)
  it("goes on after power cuts", function()
    local p = simulate{xml = SEQUENCE, power_cut_after = {1, 2}, variables = {Wanted = "yes"}}
    expect(p.power_cuts).equals(2)
    expect(p.outcome).equals("ok")
    expect(p:order()).equals({"Prepare", "Remember"})
  end)
end)
describe("failures", function()
  it("show a difference", function() expect({a = 1, b = {2, 3}}).equals({a = 1, b = {2, 4}}) end)
  it("show two values", function() expect("<one> & 1").equals("two") end)
  it("name an unknown step", function() simulate{xml = SEQUENCE}:ran("Typo") end)
  it("name an unknown option", function() simulate{sequnce = "x"} end)
  it("can be turned round", function() expect("abc").never.contains("b") end)
  it("show a traceback for errors", function() local t = nil; return t.x end)
  it.skip("wait", "for better times # here")
end)
LUA
short() { sed -E 's/ \([0-9.]+ ms\)//; s/ in [0-9.]+ ms$//; s/ time="[0-9.]*"//'; }
taskseq test . --coverage | short
echo "status ${PIPESTATUS[0]}"
taskseq test a_test.lua --tap | tail -n 20
taskseq test a_test.lua --filter 'in order' --junit out.xml | short
short <out.xml
taskseq test a_test.lua --list
taskseq test a_test.lua --filter 'in order' --fail-under 90 >/dev/null
