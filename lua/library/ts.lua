---@meta
-- ts.lua - the functions of taskseq's Lua for editors with the Lua language server (LuaLS). Not run.
-- Set "Lua.workspace.library" to this folder. docs/reference/lua-api.md says more.

---An error that a function raises: pcall gives it back.
---@class ts.Error
---@field code string     name of docs/reference/errors.md: "NOT_FOUND", "TRUST", "NET", ...
---@field message string
---@field os? integer     the number of the operating system, when there is one

---@class ts.Cert
---@field subject string
---@field issuer string
---@field serial string          hexadecimal
---@field not_before string      "2026-11-22T10:00:00Z"
---@field not_after string
---@field is_ca boolean
---@field is_self_signed boolean
---@field sha256 string
---@field key_type string        "RSA", "EC", ...
---@field key_bits integer
---@field signature string       "RSA-SHA256"
---@field weak? string           why it should not be trusted
---@field der string

---@class ts.Program
---@field exit_code integer
---@field timed_out boolean
---@field assumed boolean    simulation: the profile does not know the program
---@field duration integer   milliseconds
---@field output string      at most the last MiB

---@class ts.Answer
---@field status integer
---@field size integer       bytes
---@field assumed boolean    simulation: the profile does not know the URL
---@field content_type string
---@field body? string       not with 'to'

---@class ts.FileInfo
---@field is_folder boolean
---@field size integer       bytes
---@field modified integer   milliseconds since 1970 UTC
---@field version string     "" when it has none

ts = {var = {}, log = {}, host = {}, file = {}, json = {}, hash = {}, time = {}, cert = {}, trust = {},
  http = {}, script = {}}

---@param done integer
---@param total integer
---@param text? string
function ts.progress(done, total, text) end

---@param name string
---@return string? value  nil: not set, or not known (simulation)
function ts.var.get(name) end
---@param name string
---@param value string|number|boolean|nil  nil and "" delete
---@param options? {secret: boolean}
function ts.var.set(name, value, options) end
---@param pattern? string  with * and ?
---@return string[]
function ts.var.list(pattern) end
---@param text string  with %NAME%
---@return string
function ts.var.expand(text) end
---@param name string
---@return boolean
function ts.var.is_secret(name) end

---@param text any
function ts.log.verbose(text) end
---@param text any
function ts.log.info(text) end
---@param text any
function ts.log.warning(text) end
---@param text any
function ts.log.error(text) end

---@param id string
---@return string  "" when the machine does not have it
function ts.host.fact(id) end
---@return "winpe"|"full"
function ts.host.phase() end
---@return boolean
function ts.host.is_simulated() end
---@param name string
---@return string?
function ts.host.env(name) end
---@return integer milliseconds since 1970 UTC
function ts.host.now() end
---@param milliseconds integer  0 to 3600000
function ts.host.sleep(milliseconds) end
---@param query string
---@param namespace? string  default root\cimv2
---@return table<string, string|number|boolean>[]
function ts.host.wmi(query, namespace) end
---@param key string
---@param value? string  nil: does the key exist
---@return string|integer|boolean|nil data
---@return string? type
function ts.host.reg_get(key, value) end
---@param key string
---@param value string
---@param data string|integer
---@param type? string  "REG_SZ", "REG_DWORD", ...
function ts.host.reg_set(key, value, data, type) end
---@param key string
---@param value? string  nil: the key with all below
function ts.host.reg_delete(key, value) end
---@param program {argv?: string[], command?: string, folder?: string, timeout?: integer, secret?: boolean}
---@return ts.Program
function ts.host.run(program) end
---@param store "root"|"ca"
---@param cert ts.Cert|string
---@return boolean added
function ts.host.cert_add(store, cert) end

---@param path string
---@return ts.FileInfo?
function ts.file.info(path) end
---@param path string
---@return string
function ts.file.read(path) end
---@param path string
---@param data string
function ts.file.write(path, data) end
---@param path string
---@param data string
function ts.file.append(path, data) end
---@param from string
---@param to string
function ts.file.copy(from, to) end
---@param path string
function ts.file.delete(path) end
---@param path string
function ts.file.make_folder(path) end

ts.json.null = nil
---@param text string
---@return any
function ts.json.decode(text) end
---@param value any
---@param options? {pretty: boolean}
---@return string
function ts.json.encode(value, options) end

---@param data string
---@return string  64 hexadecimal digits
function ts.hash.sha256(data) end

---@param milliseconds? integer  since 1970; default: now
---@return string  "2026-11-22T10:00:00.000Z"
function ts.time.utc(milliseconds) end

---@param data string  PEM or DER, one certificate
---@param what? string  its name in messages
---@return ts.Cert
function ts.cert.parse(data, what) end
---@param data string  PEM, DER or PKCS#7
---@param what? string
---@return ts.Cert[]
function ts.cert.bundle(data, what) end
---@param list ts.Cert[]
---@return ts.Cert[] chain  issuers behind what they issued
---@return string[] missing  what is not in the list, in words
function ts.cert.chain(list) end

---@param cert ts.Cert|string
---@return boolean added
function ts.trust.add(cert) end
---@return ts.Cert[]
function ts.trust.list() end

---@param request {url: string, sha256?: string, to?: string, max?: integer, timeout?: integer}
---@return ts.Answer
function ts.http.get(request) end
---@param request {url: string, body?: string, content_type?: string, max?: integer, timeout?: integer}
---@return ts.Answer
function ts.http.post(request) end

---@param name string  inside the script's folder
---@return string
function ts.script.read(name) end
---@param pattern? string
---@return string[]
function ts.script.files(pattern) end
