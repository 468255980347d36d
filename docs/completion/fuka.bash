# Written by `fuka help --completion bash`: do not edit.
_fuka() {
 local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words=
 if ((COMP_CWORD == 1)); then
  mapfile -t COMPREPLY < <(compgen -W 'run load fault collect report export peek list doctor version help' -- "$word")
  return
 fi
 case ${COMP_WORDS[1]}:$before in
 run:--clock) words='scenario virtual real' ;;
 help:--completion) words='none bash zsh fish' ;;
 esac
 [ -n "$words" ] || case ${COMP_WORDS[1]}:$word in
 run:-*) words='--out --kernel --modules --clock --repeat --json --tap --junit --keep --vmcore --check --help' ;;
 run:*) words="$(fuka list scenarios 2>/dev/null | awk '{ print $1 }')" ;;
 load:-*) words='--for --help' ;;
 load:*) words="$(fuka list generators 2>/dev/null | awk '{ print $1 }')" ;;
 fault:-*) words='--for --help' ;;
 fault:*) words="list arm status disarm release" ;;
 collect:-*) words='--interval --tasks --for --out --sources --help' ;;
 report:-*) words='--view --all --cpus --tasks --threshold --png --html --json --help' ;;
 export:-*) words='--openmetrics --csv --json --sadf --promtool --out --all --job --instance --fires --silent --interval --evaluate --help' ;;
 peek:-*) words='--for --deadline --json --help' ;;
 list:-*) words='--json --schema --help' ;;
 list:*) words="scenarios generators faults expectations metrics log sources" ;;
 doctor:-*) words='--fresh --json --kernel --modules --help' ;;
 version:-*) words='--help' ;;
 help:-*) words='--man --completion --help' ;;
 esac
 mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _fuka fuka
