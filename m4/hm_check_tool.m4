# HM_CHECK_TOOL
# What only khostedmail needs: without it the tool is not built, and the
# summary names the packages to install.
AC_DEFUN([HM_CHECK_TOOL], [
  AC_ARG_WITH([tool],
    [AS_HELP_STRING([--without-tool], [do not build khostedmail, the tool for operators])],
    [], [with_tool=check])
  have_tool=yes
  hm_deb=
  hm_rpm=
  AS_IF([test "$with_tool" = no], [have_tool="no (--without-tool)"], [
    HM_TOOL_LIBRARY([JANSSON], [jansson >= 2.10], [libjansson-dev], [jansson-devel])
    HM_TOOL_LIBRARY([PSL], [libpsl >= 0.16], [libpsl-dev], [libpsl-devel])
    HM_TOOL_LIBRARY([IDN2], [libidn2 >= 2.0], [libidn2-dev], [libidn2-devel])
    # Its pkg-config file wants what only a static library needs.
    AC_CHECK_HEADER([unbound.h], [AC_CHECK_LIB([unbound], [ub_resolve_async],
      [UNBOUND_LIBS=-lunbound])])
    AS_IF([test -z "$UNBOUND_LIBS"], [
      hm_deb="$hm_deb libunbound-dev"
      hm_rpm="$hm_rpm unbound-devel"
    ])
    AS_IF([test -n "$hm_deb"],
      [have_tool="no (install$hm_deb, or$hm_rpm)"
       AS_IF([test "$with_tool" = yes],
         [AC_MSG_ERROR([khostedmail needs libraries. Install them:
    Debian, Ubuntu:  apt-get install$hm_deb
    Fedora, EPEL:    dnf install$hm_rpm])])])
  ])
  TOOL_CFLAGS="$JANSSON_CFLAGS $PSL_CFLAGS $IDN2_CFLAGS"
  TOOL_LIBS="$JANSSON_LIBS $PSL_LIBS $IDN2_LIBS $UNBOUND_LIBS"
  AC_SUBST([TOOL_CFLAGS])
  AC_SUBST([TOOL_LIBS])
  AM_CONDITIONAL([BUILD_TOOL], [test "$have_tool" = yes])

  # What knotd itself was configured with is in no file of its own.
  hm_prefix=`$PKG_CONFIG --variable=prefix knotd 2>/dev/null`
  AS_IF([test -z "$hm_prefix" -o "x$hm_prefix" = x/usr], [hm_etc=/etc hm_run=/run],
        [hm_etc=$hm_prefix/etc hm_run=$hm_prefix/var/run])
  AC_ARG_WITH([knot-config],
    [AS_HELP_STRING([--with-knot-config=FILE],
                    [default configuration for khostedmail @<:@that of knotd@:>@])],
    [knot_config=$withval], [knot_config=$hm_etc/knot/knot.conf])
  AC_ARG_WITH([knot-rundir],
    [AS_HELP_STRING([--with-knot-rundir=DIR],
                    [default folder of the control socket @<:@that of knotd@:>@])],
    [knot_rundir=$withval], [knot_rundir=$hm_run/knot])
  AC_SUBST([knot_config])
  AC_SUBST([knot_rundir])

  AC_ARG_WITH([completionsdir],
    [AS_HELP_STRING([--with-completionsdir=DIR], [install the bash completion to DIR])],
    [completionsdir=$withval], [completionsdir='${datadir}/bash-completion/completions'])
  AC_SUBST([completionsdir])
])

# HM_TOOL_LIBRARY(NAME, MODULE, DEB, RPM)
# Find a library, or note the packages that have it.
AC_DEFUN([HM_TOOL_LIBRARY], [
  PKG_CHECK_MODULES([$1], [$2], [], [
    hm_deb="$hm_deb $3"
    hm_rpm="$hm_rpm $4"
  ])
])
