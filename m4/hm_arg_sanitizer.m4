# HM_ARG_SANITIZER
# --with-sanitizer=LIST: build everything with -fsanitize=LIST. A server that
# is not built so itself needs the runtime preloaded; HM_SANITIZER_PRELOAD
# names the file for the tests.
AC_DEFUN([HM_ARG_SANITIZER], [
  AC_ARG_WITH([sanitizer],
    [AS_HELP_STRING([--with-sanitizer=LIST],
                    [build with sanitizers @<:@yes: address,undefined@:>@])],
    [], [with_sanitizer=no])
  AS_CASE([$with_sanitizer], [no], [sanitizer=], [yes], [sanitizer=address,undefined],
          [sanitizer=$with_sanitizer])
  HM_SANITIZER_PRELOAD=
  AS_IF([test -n "$sanitizer"], [
    HM_CFLAGS="$HM_CFLAGS -fsanitize=$sanitizer -fno-sanitize-recover=all -fno-omit-frame-pointer -g"
    HM_LDFLAGS="-fsanitize=$sanitizer"
    AS_CASE([$sanitizer], [*thread*], [hm_runtime=tsan], [*address*], [hm_runtime=asan],
            [hm_runtime=ubsan])
    # gcc has its runtime as a shared library; clang, when asked for one.
    AS_IF([$CC --version 2>/dev/null | grep -q clang], [
      HM_LDFLAGS="$HM_LDFLAGS -shared-libsan"
      AS_IF([test $hm_runtime = ubsan], [hm_runtime=ubsan_standalone])
      HM_SANITIZER_PRELOAD=`$CC -print-file-name=libclang_rt.$hm_runtime-$host_cpu.so`
      HM_LDFLAGS="$HM_LDFLAGS -Wl,-rpath,`AS_DIRNAME(["$HM_SANITIZER_PRELOAD"])`"
    ], [HM_SANITIZER_PRELOAD=`$CC -print-file-name=lib$hm_runtime.so`])
  ])
  AC_SUBST([HM_LDFLAGS])
  AC_SUBST([HM_SANITIZER_PRELOAD])
])
