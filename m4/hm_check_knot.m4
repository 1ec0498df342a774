# HM_CHECK_KNOT
# Find Knot DNS, its libraries and its module folder; stop with the names of
# the packages to install if something is missing.
AC_DEFUN([HM_MISSING], [
  AC_MSG_ERROR([$1 not found. Install it:
    Debian, Ubuntu:  apt-get install $2
    Fedora, EPEL:    dnf install $3])
])

AC_DEFUN([HM_CHECK_KNOT], [
  AS_IF([test -z "$PKG_CONFIG"],
        [HM_MISSING([pkg-config], [pkg-config], [pkgconf-pkg-config])])
  PKG_CHECK_MODULES([KNOT], [libknot >= 3.2 libzscanner >= 3.2], [],
    [HM_MISSING([libknot and libzscanner 3.2 or newer], [libknot-dev], [knot-devel])])
  PKG_CHECK_MODULES([XXHASH], [libxxhash], [],
    [HM_MISSING([xxHash], [libxxhash-dev], [xxhash-devel])])

  hm_save_CPPFLAGS=$CPPFLAGS
  CPPFLAGS="$CPPFLAGS $KNOT_CFLAGS"
  AC_CHECK_HEADER([knot/module.h], [],
    [HM_MISSING([knot/module.h], [libknot-dev], [knot-devel])])
  AC_CHECK_DECLS([knot_edns_zoneversion_write], [], [], [[#include <libknot/libknot.h>]])
  # Knot DNS 3.4: a look into another zone, for the hosted zone.
  AC_CHECK_DECLS([knotd_qdata_zone_rrset], [], [], [[#include <knot/module.h>]])
  CPPFLAGS=$hm_save_CPPFLAGS

  knot_version=`$PKG_CONFIG --modversion libknot`
  AC_ARG_WITH([moduledir],
    [AS_HELP_STRING([--with-moduledir=DIR],
                    [install the module to DIR @<:@the folder that knotd.pc names@:>@])],
    [moduledir=$withval],
    [moduledir=`$PKG_CONFIG --variable=module_instdir knotd 2>/dev/null`])
  AS_IF([test -z "$moduledir" -o "x$moduledir" = xyes -o "x$moduledir" = xno],
    [HM_MISSING([the module folder of knotd (knotd.pc)], [libknot-dev], [knot-devel])])
  AC_SUBST([moduledir])
])
