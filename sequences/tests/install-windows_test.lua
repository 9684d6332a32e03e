-- Tests of install-windows.xml. Run them: taskseq test sequences/tests

local function install(given)
  given.sequence = "../install-windows.xml"
  given.variables = given.variables or {OSDComputerName = "PC-0001"}
  return simulate(given)
end

describe("install-windows", function()
  describe("on a laptop with UEFI and a TPM", function()
    local r
    before(function() r = install{machine = "laptop-nvme-tpm2"} end)

    it("succeeds with one restart", function()
      expect(r.outcome).equals("ok")
      expect(r.restarts).equals(1)
    end)

    it("partitions for UEFI, and wipes nothing but disk 0", function()
      expect(r:ran("Partition disk 0 - UEFI")).is_true()
      expect(r:skipped("Partition disk 0 - BIOS")).is_true()
      expect(r:reason("Partition disk 0 - BIOS")).contains('_SMSTSBootUEFI is "true"')
      expect(r:wipes()).has_length(1)
      expect(r:wipes()[1]).contains("disk 0")
      expect(r:wipes()[1]).contains("GPT")
    end)

    it("goes in this order", function()
      expect(r:order()).equals({
        "Check readiness", "Choose by hardware", "Partition disk 0 - UEFI", "Apply Windows 11",
        "Windows settings", "Join the workgroup", "Pre-provision BitLocker", "Set up Windows",
        "Install applications", "Enable BitLocker", "Remember that BitLocker failed", "Keep the logs",
      })
    end)

    it("keeps the name that was given", function()
      expect(r:skipped("Name by serial number")).is_true()
      expect(r.variables.OSDComputerName).equals("PC-0001")
      expect(r:file("C:\\Windows\\Panther\\unattend.xml")).contains("PC-0001")
    end)

    it("joins the workgroup FIELD", function()
      expect(r:file("C:\\Windows\\Panther\\unattend.xml")).contains("FIELD")
    end)

    it("ends in the installed Windows", function()
      expect(r.machine.phase).equals("full")
    end)
  end)

  describe("when no name is given", function()
    it("names the computer after its serial number", function()
      local r = install{machine = "laptop-nvme-tpm2", variables = {}}
      expect(r:ran("Name by serial number")).is_true()
      expect(r.variables.OSDComputerName).equals("PC-CT14-000231")
      expect(r:skipped("Name by Windows")).is_true()
    end)

    it("lets Windows choose where the serial number makes no name", function()
      for _, m in ipairs({"vmware-bios", "hyperv-gen2", "unknown-arm64"}) do
        local r = install{machine = m, variables = {}}
        expect(r.outcome).equals("ok")
        expect(r:skipped("Name by serial number")).is_true()
        expect(r.variables.OSDComputerName).equals("*")
        expect(r:file("C:\\Windows\\Panther\\unattend.xml")).contains("<ComputerName>*</ComputerName>")
      end
    end)
  end)

  describe("BitLocker", function()
    it("may fail with 'access denied': the sequence goes on and keeps the code", function()
      local r = install{machine = "laptop-nvme-tpm2", fail = {["Enable BitLocker"] = 0x80070005}}
      expect(r:step("Enable BitLocker").outcome).equals("failed, continued")
      expect(r:ran("Remember that BitLocker failed")).is_true()
      expect(r.variables.BitLockerCode).equals("-2147024891")
      expect(r.outcome).equals("ok")
      expect(r:ran("Keep the logs")).is_true()
    end)

    it("is not pre-provisioned without a TPM", function()
      local r = install{machine = "desktop-no-tpm"}
      expect(r.outcome).equals("ok")
      expect(r:skipped("Pre-provision BitLocker")).is_true()
      expect(r:reason("Pre-provision BitLocker")).contains("Win32_Tpm")
      expect(r:skipped("Remember that BitLocker failed")).is_true()
      expect(r:has_effect("bitlocker")).is_false()
    end)
  end)

  describe("on a machine with BIOS", function()
    it("partitions with MBR", function()
      local r = install{machine = "vmware-bios"}
      expect(r.outcome).equals("ok")
      expect(r:ran("Partition disk 0 - BIOS")).is_true()
      expect(r:skipped("Partition disk 0 - UEFI")).is_true()
      expect(r:wipes()[1]).contains("MBR")
    end)
  end)

  describe("refuses before anything is wiped", function()
    it("with a computer name that Windows does not take", function()
      local r = install{machine = "vmware-bios", variables = {OSDComputerName = "PC 1"}}
      expect(r.outcome).equals("failed")
      expect(r.failed_step).equals("Partition disk 0 - BIOS")
      expect(r:reason("Partition disk 0 - BIOS")).contains("nothing is destroyed")
      expect(r:reason("Partition disk 0 - BIOS")).contains("Windows settings")
      expect(r:wipes()).equals({})
    end)

    it("with a workgroup that there cannot be", function()
      local r = install{machine = "laptop-nvme-tpm2",
        variables = {OSDComputerName = "PC-1", OSDWorkgroupName = "A/B"}}
      expect(r:reason("Partition disk 0 - UEFI")).contains("OSDWorkgroupName 'A/B'")
      expect(r:wipes()).equals({})
    end)

    it("with an image for another processor", function()
      local m = machine("unknown-arm64")
      m.images = {{file = "TSQ00001", os = {architecture = "x64"}}}
      local r = install{machine = m}
      expect(r.outcome).equals("failed")
      expect(r:reason("Partition disk 0 - UEFI")).contains("this machine is ARM64")
      expect(r:wipes()).equals({})
    end)

    it("with an image that no disk has room for", function()
      local m = machine("laptop-nvme-tpm2")
      m.images = {{file = "TSQ00001", bytes = "600 GB"}}
      local r = install{machine = m}
      expect(r:reason("Partition disk 0 - UEFI")).contains("the largest volume")
      expect(r:wipes()).equals({})
    end)

    it("on a disk that is too small", function()
      local r = install{machine = "tablet-emmc-32gb"}
      expect(r.outcome).equals("failed")
      expect(r.failed_step).equals("Check readiness")
      expect(r:reason("Check readiness")).contains("free disk space")
      expect(r:wipes()).equals({})
      expect(r:reached("Partition disk 0 - UEFI")).is_false()
    end)
  end)

  it("does not wipe the disk of a running Windows", function()
    local r = install{machine = "windows10-refresh"}
    expect(r:skipped("Prepare the disk")).is_true()
    expect(r:wipes()).equals({})
  end)

  it("chooses drivers by the model", function()
    local r = install{machine = "dell-latitude-7440"}
    expect(r.variables.DriverPackage).equals("TSQ00003")
    expect(r:skipped("Drivers - Latitude")).is_false()
    local other = install{machine = "laptop-nvme-tpm2"}
    expect(other:reason("Drivers - Latitude")).contains("DriverPackage is not set")
  end)

  it("sets the power plan of kiosks only", function()
    local kiosk = machine("laptop-nvme-tpm2")
    kiosk.smbios.asset_tag = "KIOSK-7"
    local r = install{machine = kiosk, mock = {["powercfg.exe"] = 0}}
    expect(r:ran("Power plan")).is_true()
    expect(r:called("powercfg.exe", "/setactive*")).equals(1)
    expect(install{machine = "laptop-nvme-tpm2"}:skipped("Power plan")).is_true()
  end)

  describe("when the power goes", function()
    it("goes on where it was, and wipes the disk once", function()
      local r = install{machine = "laptop-nvme-tpm2", power_cut_after = {1, 3, 5}}
      expect(r.power_cuts).equals(3)
      expect(r.outcome).equals("ok")
      expect(r:wipes()).has_length(1)
    end)

    it("inside the partitioning, partitions again: nothing is on the disk yet", function()
      local r = install{machine = "laptop-nvme-tpm2", power_cut_in = "Partition disk 0 - UEFI"}
      expect(r.power_cuts).equals(1)
      expect(r.outcome).equals("ok")
      expect(r:wipes()).has_length(2)
    end)
  end)
end)
