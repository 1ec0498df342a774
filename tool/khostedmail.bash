# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Completion for khostedmail, in bash. What can be completed is what the tool's own help says.

# Profiles of the configuration that the command line names.
_khostedmail_profiles() {
    local i options=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -c|-s|-i) options+=("${COMP_WORDS[i]}" "${COMP_WORDS[i + 1]}") ;;
        esac
    done
    "${COMP_WORDS[0]}" "${options[@]}" list --count 2>/dev/null | sed -e 1d -e '/^all /d' -e 's/ .*//'
}

# Options in the help of the tool or of a command, a line each: -c FILE, --config FILE, --json.
_khostedmail_options() {
    "${COMP_WORDS[0]}" "$@" -h 2>/dev/null | sed -n \
        -e 's/^  \(-.\), \(--[a-z-]*\) \{0,1\}\([^ ]*\).*/\1 \3\n\2 \3/p' \
        -e 's/^      \(--[a-z-]*\) \{0,1\}\([^ ]*\).*/\1 \2/p'
}

# Names of the commands, or the usage of one.
_khostedmail_commands() {
    "${COMP_WORDS[0]}" -h 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}
_khostedmail_usage() {
    "${COMP_WORDS[0]}" "$1" -h 2>/dev/null | sed -n '1s/.*\] '"$1"'//p'
}

_khostedmail() {
    local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local commands command='' options word value='' words=''
    commands=$(_khostedmail_commands)
    for word in "${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
        if [[ -z $command && $'\n'$commands$'\n' == *$'\n'$word$'\n'* ]]; then
            command=$word
        fi
    done
    options=$(_khostedmail_options ${command:+"$command"})
    if [[ $previous == -* ]]; then
        value=$(awk -v name="$previous" '$1 == name { print $2; exit }' <<<"$options")
    elif [[ -n $command && $cur != -* ]]; then
        value=$(_khostedmail_usage "$command")
        value=${value:-none}
    fi
    case $previous,$value in
    --profile,*) words=$(_khostedmail_profiles) ;;
    *,*FILE*|*,*PATH*|*,*DIR*|*,SOCKET) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    -*,*\|*) words=${value//|/ } ;;
    *,?*) words='' ;;
    *) words=$commands; [[ $cur == -* ]] && words=$(awk '{ print $1 }' <<<"$options") ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -o filenames -F _khostedmail khostedmail
