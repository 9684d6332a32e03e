/* lx_classes.c - the WMI classes that Linux answers, with the property names of Windows (Microsoft:
 * "Win32 Provider" class reference). A property that Linux cannot tell is listed and stays NULL, so
 * that a condition which asks for it is answered as on a machine that leaves it empty. */
#include <string.h>

#include <ts/text.h>

#include "linux_wmi.h"

#define CIMV2 "root\\cimv2"

static const ts_lx_class classes[] = {
    {CIMV2, "Win32_ComputerSystem",
     "Name Caption Manufacturer Model SystemFamily SystemSKUNumber SystemType TotalPhysicalMemory "
     "NumberOfProcessors NumberOfLogicalProcessors DNSHostName Domain PartOfDomain Workgroup "
     "DomainRole PCSystemType PCSystemTypeEx HypervisorPresent BootupState ChassisSKUNumber "
     "CurrentTimeZone Description PrimaryOwnerName Roles Status UserName ThermalState",
     ts_lx_fill_computer_system},
    {CIMV2, "Win32_ComputerSystemProduct",
     "Name Caption Description Vendor Version IdentifyingNumber UUID SKUNumber",
     ts_lx_fill_product},
    {CIMV2, "Win32_BIOS",
     "Name Caption Description Manufacturer SMBIOSBIOSVersion Version BIOSVersion ReleaseDate "
     "SerialNumber SMBIOSPresent SMBIOSMajorVersion SMBIOSMinorVersion SystemBiosMajorVersion "
     "SystemBiosMinorVersion EmbeddedControllerMajorVersion EmbeddedControllerMinorVersion "
     "PrimaryBIOS SoftwareElementID Status CurrentLanguage",
     ts_lx_fill_bios},
    {CIMV2, "Win32_BaseBoard",
     "Name Caption Description Tag Manufacturer Product Model SerialNumber Version PartNumber SKU "
     "HostingBoard Status",
     ts_lx_fill_base_board},
    {CIMV2, "Win32_SystemEnclosure",
     "Name Caption Description Tag Manufacturer Model SerialNumber SMBIOSAssetTag Version "
     "ChassisTypes PartNumber SKU LockPresent SecurityStatus Status",
     ts_lx_fill_enclosure},
    {CIMV2, "Win32_PhysicalMemory",
     "Name Caption Description Tag Capacity DeviceLocator BankLabel Manufacturer PartNumber "
     "SerialNumber Speed ConfiguredClockSpeed SMBIOSMemoryType MemoryType FormFactor DataWidth "
     "TotalWidth",
     ts_lx_fill_memory},
    {CIMV2, "Win32_Processor",
     "Name Caption Description DeviceID Manufacturer MaxClockSpeed CurrentClockSpeed NumberOfCores "
     "NumberOfEnabledCore NumberOfLogicalProcessors ThreadCount Architecture AddressWidth "
     "DataWidth "
     "Family Level Revision Stepping ProcessorId ProcessorType Role SocketDesignation CpuStatus "
     "L2CacheSize L3CacheSize LoadPercentage VirtualizationFirmwareEnabled "
     "SecondLevelAddressTranslationExtensions VMMonitorModeExtensions Status SystemName",
     ts_lx_fill_processor},
    {CIMV2, "Win32_OperatingSystem",
     "Name Caption Version BuildNumber BuildType CSDVersion CSName OSType OSArchitecture "
     "OSLanguage "
     "OSProductSuite OperatingSystemSKU ProductType SuiteMask Locale CountryCode CodeSet "
     "MUILanguages CurrentTimeZone LocalDateTime LastBootUpTime InstallDate TotalVisibleMemorySize "
     "FreePhysicalMemory TotalVirtualMemorySize FreeVirtualMemory SystemDrive SystemDirectory "
     "WindowsDirectory SystemDevice BootDevice Manufacturer Organization RegisteredUser "
     "SerialNumber ServicePackMajorVersion ServicePackMinorVersion NumberOfUsers "
     "NumberOfProcesses Primary PortableOperatingSystem Status Description",
     ts_lx_fill_operating_system},
    {CIMV2, "Win32_TimeZone",
     "Caption Description StandardName DaylightName Bias StandardBias DaylightBias",
     ts_lx_fill_time_zone},
    {CIMV2, "Win32_Battery",
     "Name Caption Description DeviceID BatteryStatus Chemistry EstimatedChargeRemaining "
     "EstimatedRunTime DesignCapacity FullChargeCapacity DesignVoltage Status Availability "
     "SystemName",
     ts_lx_fill_battery},
    {CIMV2 "\\Security\\MicrosoftTpm", "Win32_Tpm",
     "IsEnabled_InitialValue IsActivated_InitialValue IsOwned_InitialValue SpecVersion "
     "ManufacturerId ManufacturerIdTxt ManufacturerVersion ManufacturerVersionFull20 "
     "ManufacturerVersionInfo PhysicalPresenceVersionInfo",
     ts_lx_fill_tpm},
    {CIMV2, "Win32_DiskDrive",
     "Name Caption Description DeviceID Index Model Manufacturer SerialNumber FirmwareRevision "
     "Size "
     "InterfaceType MediaType MediaLoaded Partitions BytesPerSector TotalSectors TotalCylinders "
     "TotalHeads TotalTracks SectorsPerTrack TracksPerCylinder SCSIBus SCSILogicalUnit SCSIPort "
     "SCSITargetId Signature PNPDeviceID Status SystemName",
     ts_lx_fill_disk},
    {CIMV2, "Win32_DiskPartition",
     "Name Caption Description DeviceID DiskIndex Index Size StartingOffset BlockSize "
     "NumberOfBlocks Type BootPartition Bootable PrimaryPartition HiddenSectors Status SystemName",
     ts_lx_fill_partition},
    {CIMV2, "Win32_Volume",
     "Name Caption DeviceID DriveLetter DriveType FileSystem Label Capacity FreeSpace BlockSize "
     "BootVolume SystemVolume SerialNumber Automount Compressed DirtyBitSet PageFilePresent Status "
     "SystemName",
     ts_lx_fill_volume},
    {CIMV2, "Win32_LogicalDisk",
     "Name Caption Description DeviceID DriveType FileSystem FreeSpace Size VolumeName "
     "VolumeSerialNumber MediaType ProviderName Compressed VolumeDirty Status SystemName",
     ts_lx_fill_logical_disk},
    {CIMV2, "Win32_LogicalDiskToPartition", "Antecedent Dependent StartingAddress EndingAddress",
     ts_lx_fill_disk_link},
    {CIMV2, "Win32_NetworkAdapter",
     "Name Caption Description DeviceID Index InterfaceIndex AdapterType AdapterTypeID MACAddress "
     "Manufacturer NetConnectionID NetConnectionStatus NetEnabled PhysicalAdapter PNPDeviceID "
     "ProductName ServiceName Speed GUID Installed Availability Status SystemName",
     ts_lx_fill_adapter},
    {CIMV2, "Win32_NetworkAdapterConfiguration",
     "Caption Description Index InterfaceIndex MACAddress IPEnabled IPAddress IPSubnet "
     "DefaultIPGateway DHCPEnabled DHCPServer DHCPLeaseObtained DHCPLeaseExpires DNSDomain "
     "DNSDomainSuffixSearchOrder DNSHostName DNSServerSearchOrder WINSPrimaryServer ServiceName "
     "SettingID MTU IPConnectionMetric",
     ts_lx_fill_adapter_configuration},
};

/* "\\.\ROOT/CIMV2" is the same place as "root\cimv2". */
static bool same_space(const char *asked, const char *name)
{
    if (ts_str_ihas_prefix(asked, "\\\\.\\"))
        asked += 4;
    for (; *asked && *name; asked++, name++) {
        char a[2] = {*asked == '/' ? '\\' : *asked, '\0'};
        char b[2] = {*name, '\0'};
        if (!ts_str_ieq(a, b))
            return false;
    }
    return *asked == *name;
}

const ts_lx_class *ts_lx_class_find(const char *name_space, const char *name)
{
    for (size_t i = 0; i < TS_COUNT(classes); i++) {
        if (same_space(name_space, classes[i].name_space) && ts_str_ieq(name, classes[i].name))
            return &classes[i];
    }
    return NULL;
}
