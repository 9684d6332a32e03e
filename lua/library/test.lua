---@meta
-- Annotations for editors (LuaLS): what a test file of 'taskseq test' sees. docs/reference/testing.md

---@alias taskseq.Value string|number|boolean

---@class taskseq.Mock
---@field exit_code? integer
---@field output? string
---@field duration? integer milliseconds
---@field arguments? string pattern with * and ?
---@field missing? boolean the program cannot be started
---@field sets? string[] "NAME=value"
---@field creates? string[] paths

---@class taskseq.Simulation
---@field sequence? string a file, seen from the test file
---@field xml? string instead of a file
---@field id? string package id or name
---@field machine? string|table shipped profile, file, or the profile itself
---@field variables? table<string, taskseq.Value>
---@field mock? table<string, integer|taskseq.Mock>
---@field fail? table<string, integer> step name or path to exit code
---@field power_cut_after? integer|integer[] steps
---@field power_cut_in? string step name or path
---@field unknown? "run"|"skip"
---@field steps? string folder with steps in Lua
---@field prestart? string|string[]

---@class taskseq.Step
---@field name string
---@field path string
---@field type string
---@field outcome string
---@field reason string
---@field code integer
---@field line integer
---@field duration integer milliseconds
---@field assumed boolean
---@field group boolean

---@class taskseq.Effect
---@field step? string
---@field text string
---@field effects string[]
---@field error? string
---@field assumed boolean

---@class taskseq.Result
---@field outcome "ok"|"failed"|"restart"
---@field verdict string
---@field code integer
---@field failed_step? string
---@field error? string
---@field text? string of step.run: why it failed
---@field restarts integer
---@field power_cuts integer
---@field duration integer milliseconds
---@field steps taskseq.Step[]
---@field effects taskseq.Effect[]
---@field variables table<string, string>
---@field machine table
---@field log string[]
local Result = {}
---@param name string
---@return taskseq.Step?
function Result:step(name) end
---@param name string
---@return boolean
function Result:ran(name) end
---@param name string
---@return boolean
function Result:skipped(name) end
---@param name string
---@return boolean
function Result:reached(name) end
---@param name string
---@return string?
function Result:reason(name) end
---@return string[]
function Result:order() end
---@param id string
---@return boolean
function Result:has_effect(id) end
---@return string[]
function Result:wipes() end
---@param path string
---@return string?
function Result:file(path) end
---@param key string
---@param value? string
---@return string?
function Result:registry(key, value) end
---@param program string
---@param arguments? string
---@return integer
function Result:called(program, arguments) end

---@param options taskseq.Simulation
---@return taskseq.Result
function simulate(options) end

---@param name string
---@return table
function machine(name) end

step = {}
---@param file string
---@param inputs? table<string, taskseq.Value>
---@param options? {machine?: string|table, variables?: table<string, taskseq.Value>, mock?: table}
---@return taskseq.Result
function step.run(file, inputs, options) end

---@param name string
---@param body fun()
function describe(name, body) end
---@param body fun()
function before(body) end
---@param body fun()
function after(body) end
---@class taskseq.It
---@overload fun(name: string, body: fun())
it = {}
---@param name string
---@param why? string
function it.skip(name, why) end

---@class taskseq.Expectation
---@field never taskseq.Expectation
---@field equals fun(want: any)
---@field is fun(want: any)
---@field contains fun(part: any)
---@field matches fun(pattern: string)
---@field exists fun()
---@field is_true fun()
---@field is_false fun()
---@field has_length fun(n: integer)
---@field less_than fun(n: number)
---@field more_than fun(n: number)
---@field raises fun(text?: string)

---@param value any
---@return taskseq.Expectation
function expect(value) end
