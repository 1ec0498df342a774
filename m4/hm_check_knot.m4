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
  # Knot DNS 3.4: the EDNS option ZONEVERSION.
  AC_CHECK_DECL([knot_edns_zoneversion_write], [host_has_zoneversion=yes],
    [host_has_zoneversion=no], [[#include <libknot/libknot.h>]])
  AM_CONDITIONAL([HOST_HAS_ZONEVERSION], [test $host_has_zoneversion = yes])
  # Knot DNS 3.3.5: a look into another zone, for the hosted zone and the exact overlay.
  AC_CHECK_DECL([knotd_qdata_zone_rrset], [host_has_zones=yes], [host_has_zones=no],
    [[#include <knot/module.h>]])
  AM_CONDITIONAL([HOST_HAS_ZONES], [test $host_has_zones = yes])
  # Knot DNS 3.6 has the obsolete types in the same table as the others.
  AC_CHECK_DECL([knot_get_obsolete_rdata_descriptor], [host_has_obsolete_descriptor=yes],
    [host_has_obsolete_descriptor=no], [[#include <libknot/descriptor.h>]])
  AM_CONDITIONAL([HOST_HAS_OBSOLETE_DESCRIPTOR], [test $host_has_obsolete_descriptor = yes])
  CPPFLAGS=$hm_save_CPPFLAGS

  # What the module compares the server with.
  AC_CHECK_TOOL([OBJDUMP], [objdump], [false])
  hm_libknot=`$PKG_CONFIG --variable=libdir libknot`/libknot.so
  hm_libknot=`$OBJDUMP -p "$hm_libknot" 2>/dev/null | sed -n 's/^ *SONAME *//p'`
  AS_IF([test -z "$hm_libknot"], [AC_MSG_ERROR([libknot.so has no name that objdump finds])])
  AC_DEFINE_UNQUOTED([HM_LIBKNOT], ["$hm_libknot"], [SONAME of the libknot that is built with.])

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
