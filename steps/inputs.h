/* inputs.h - one line for one input of a step. Every input has a help text; a password is
 * TS_IN_SECRET, a product key carries TS_QUASI_SECRET. `property` is the editor's name of the
 * input, NULL when it is the variable's own name. */
#ifndef TS_STEPS_INPUTS_H
#define TS_STEPS_INPUTS_H

#include <ts/step.h>

/* clang-format off */
#define TS_IN(name_, property_, type_, flags_, def_, help_) \
    {.name = (name_), .property = (property_), .type = (type_), \
     .flags = (flags_), .def = (def_), .help = (help_)}
#define TS_IN_TEXT(name_, property_, help_) \
    TS_IN(name_, property_, TS_STRING, 0, NULL, help_)
#define TS_IN_PATH(name_, property_, help_) \
    TS_IN(name_, property_, TS_PATH, 0, NULL, help_)
#define TS_IN_PACKAGE(name_, property_, help_) \
    TS_IN(name_, property_, TS_PACKAGE, 0, NULL, help_)
#define TS_IN_IMAGE(name_, property_, help_) \
    TS_IN(name_, property_, TS_PACKAGE, TS_STREAMED, NULL, help_)
#define TS_IN_SECRET(name_, property_, help_) \
    TS_IN(name_, property_, TS_SECRET, 0, NULL, help_)
#define TS_IN_BOOL(name_, property_, def_, help_) \
    TS_IN(name_, property_, TS_BOOL, 0, def_, help_)
#define TS_IN_INT(name_, property_, def_, help_) \
    TS_IN(name_, property_, TS_INT, 0, def_, help_)
#define TS_IN_ENUM(name_, property_, def_, choices_, help_) \
    {.name = (name_), .property = (property_), .type = TS_ENUM, \
     .def = (def_), .choices = (choices_), .help = (help_)}
/* An option of the vendor that the step does not heed. */
#define TS_IN_UNHEEDED(name_, property_, type_, def_, help_) \
    TS_IN(name_, property_, type_, TS_NO_EFFECT, def_, help_)
#define TS_IN_UNHEEDED_ENUM(name_, property_, def_, choices_, help_) \
    {.name = (name_), .property = (property_), .type = TS_ENUM, .flags = TS_NO_EFFECT, \
     .def = (def_), .choices = (choices_), .help = (help_)}
#define TS_IN_END {.name = NULL}

/* Hidden bookkeeping that several steps carry. */
#define TS_IN_SUCCESS_CODES \
    TS_IN_TEXT("SuccessCodes", NULL, "Copy of the step's success codes, kept by the editor.")
/* The Workbench writes these into every script step of MDT. A native step runs nothing as another
 * user. */
#define TS_IN_KEPT "Kept by the Workbench; without effect here."
#define TS_IN_WORKBENCH \
    TS_IN_TEXT("RunAsUser", NULL, TS_IN_KEPT), \
    TS_IN_TEXT("SMSTSRunCommandLineUserName", NULL, TS_IN_KEPT), \
    TS_IN_SECRET("SMSTSRunCommandLineUserPassword", NULL, TS_IN_KEPT), \
    TS_IN_TEXT("LoadProfile", NULL, TS_IN_KEPT)
/* clang-format on */

#endif
