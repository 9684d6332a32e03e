/* steps.h - the one list of built-in step classes. A new step is one line here, one .c file and one
 * .md page (README.md in this folder). No constructors: nothing for a linker to drop.
 * Where classes share a program, the first one runs it in a step without a type of theirs. */
#ifndef TS_STEPS_H
#define TS_STEPS_H

#include <ts/step.h>

#define TS_STEPS(X)                                                                                \
    /* variables and flow */                                                                       \
    X(run_command_line)                                                                            \
    X(run_powershell)                                                                              \
    X(set_variable)                                                                                \
    X(set_dynamic_variables)                                                                       \
    X(restart)                                                                                     \
    X(run_task_sequence)                                                                           \
    X(check_readiness)                                                                             \
    X(mdt_gather)                                                                                  \
    X(zti_next_phase)                                                                              \
    X(mdt_validate)                                                                                \
    /* disks and images */                                                                         \
    X(apply_os)                                                                                    \
    X(apply_data_image)                                                                            \
    X(partition_disk)                                                                              \
    X(convert_disk)                                                                                \
    X(virtual_hard_disk)                                                                           \
    /* settings of the new Windows */                                                              \
    X(apply_windows_settings)                                                                      \
    X(capture_windows_settings)                                                                    \
    X(zti_nic_config)                                                                              \
    X(apply_network_settings)                                                                      \
    X(capture_network_settings)                                                                    \
    X(join_domain)                                                                                 \
    X(recover_domain_join)                                                                         \
    X(setup_windows)                                                                               \
    X(upgrade_os)                                                                                  \
    /* drivers, software, content */                                                               \
    X(apply_driver_package)                                                                        \
    X(auto_apply_drivers)                                                                          \
    X(mdt_inject_drivers)                                                                          \
    X(install_application)                                                                         \
    X(mdt_install_application)                                                                     \
    X(install_package)                                                                             \
    X(install_updates)                                                                             \
    X(mdt_windows_update)                                                                          \
    X(mdt_updates_offline)                                                                         \
    X(mdt_language_offline)                                                                        \
    X(mdt_language_online)                                                                         \
    X(download_content)                                                                            \
    X(connect_folder)                                                                              \
    /* BitLocker, user state, capture */                                                           \
    X(enable_bitlocker)                                                                            \
    X(disable_bitlocker)                                                                           \
    X(offline_bitlocker)                                                                           \
    X(zti_disable_bde_protectors)                                                                  \
    X(capture_user_state)                                                                          \
    X(restore_user_state)                                                                          \
    X(request_state_store)                                                                         \
    X(release_state_store)                                                                         \
    X(zti_user_state)                                                                              \
    X(zti_groups)                                                                                  \
    X(zti_move_state_store)                                                                        \
    X(zti_app_xml_gen)                                                                             \
    X(capture_image)                                                                               \
    X(prepare_os)                                                                                  \
    X(prepare_client)                                                                              \
    X(install_deploy_tools)                                                                        \
    X(zti_backup)                                                                                  \
    X(lti_sysprep)                                                                                 \
    /* MDT: operating system, configuration, roles, the rest */                                    \
    X(lti_apply_pe)                                                                                \
    X(lti_apply_post)                                                                              \
    X(mdt_install_os)                                                                              \
    X(mdt_upgrade_os)                                                                              \
    X(lti_copy_scripts)                                                                            \
    X(zti_configure)                                                                               \
    X(zti_win_re)                                                                                  \
    X(mdt_install_roles)                                                                           \
    X(mdt_uninstall_roles)                                                                         \
    X(mdt_configure_adds)                                                                          \
    X(mdt_configure_dns)                                                                           \
    X(mdt_configure_dhcp)                                                                          \
    X(mdt_authorize_dhcp)                                                                          \
    X(mdt_use_package)                                                                             \
    X(mdt_run_powershell)                                                                          \
    X(mdt_execute_runbook)                                                                         \
    X(zti_bios_check)                                                                              \
    X(zti_tatoo)                                                                                   \
    X(zti_opt_in)                                                                                  \
    X(zti_gpo_pack)                                                                                \
    X(zti_copy_logs)                                                                               \
    X(lti_suspend)

#define TS_STEPS_DECLARE(name) extern const ts_step_class ts_step_##name;
TS_STEPS(TS_STEPS_DECLARE)
#undef TS_STEPS_DECLARE

/* Every class, NULL-terminated: what ts_steps_new wants. */
extern const ts_step_class *const ts_builtin_steps[];

#endif
