return {
  type = "TaskSeq_SetRegistryValue", title = "Set a Registry Value", version = "1.0",
  help = "Writes or deletes one value of the registry of the running Windows.",
  phase = "any", effects = {"registry.write"}, resume = "again",
  inputs = {
    {name = "Key", required = true, help = "Key with its root: HKLM\\Software\\Example."},
    {name = "Name", help = "Name of the value. Empty: the key's default value."},
    {name = "Data", help = "Data; numbers decimal, binary as hexadecimal digits."},
    {name = "Type", type = "enum", default = "REG_SZ", help = "Type of the value.",
     choices = "REG_SZ REG_EXPAND_SZ REG_MULTI_SZ REG_DWORD REG_QWORD REG_BINARY"},
    {name = "Delete", type = "bool", default = "false", help = "Delete the value instead."},
  },
  run = function(input)
    if input.Delete:lower() == "true" then
      ts.host.reg_delete(input.Key, input.Name)
    else
      ts.host.reg_set(input.Key, input.Name, input.Data, input.Type)
    end
  end,
}
