import Glibc
import Support

/// A shell script that speaks as pm2 does, with two instances of an app whose state is in files.
///
/// Each instance has a file with its process number, status and count of restarts. The file `broken` makes every
/// new process crash, `silent` makes actions do nothing, `hang` makes them hang, `locked` refuses a reload, `denied` refuses
/// everything as pm2 does in another user's home, and `empty` has no app.
struct StandInPM2 {
  let folder: TemporaryFolder
  let program: String

  init(mode: String = "cluster_mode") throws {
    folder = try TemporaryFolder()
    program = try folder.write(
      """
      #!/bin/sh
      cd "$(dirname "$0")" || exit 99
      echo "$*" >> calls
      if [ ! -e daemon ]; then
        touch daemon
        printf '\\n                        -------------\\n\\n__/\\\\\\\\\\\\__\\n\\n     [ Runtime Edition ]\\n\\n'
        printf '\\033[32m[PM2] \\033[39mSpawning PM2 daemon with pm2_home=/root/.pm2\\n[PM2] PM2 Successfully daemonized\\n'
      fi
      list() {
        if [ -e empty ]; then echo '[]'; return; fi
        separator='['
        for id in 0 1; do
          read -r pid status restarts < instance$id
          printf '%s{"pid":%s,"name":"shop","pm2_env":{"name":"shop","status":"%s","exec_mode":"\(mode)",' \\
            "$separator" "$pid" "$status"
          printf '"restart_time":%s,"NODE_APP_INSTANCE":%s,"env":{"SECRET":"hunter2"}},"pm_id":%s}' \\
            "$restarts" "$id" "$id"
          separator=,
        done
        echo ']'
      }
      replace() {
        read -r pid status restarts < instance$1
        if [ -e silent ]; then :
        elif [ -e broken ]; then echo "0 errored $((restarts + 16))" > instance$1
        else echo "$((pid + 100)) online $((restarts + 1))" > instance$1
        fi
        echo "[PM2] [shop]($1) ✓"
      }
      if [ -e denied ]; then
        echo "Error: EACCES: permission denied, open '/root/.pm2/pm2.log'" >&2
        printf '    at Object.openSync\n\nNode.js v20\n' >&2
        exit 1
      fi
      if [ "$1" != jlist ] && [ -e hang ]; then sleep 60; fi
      case "$1 $2" in
        'jlist ') list ;;
        'reload shop'|'restart shop')
          if [ "$1" = reload ] && [ -e locked ]; then
            echo '[PM2][ERROR] Reload already in progress, please try again in 30 seconds' >&2
            exit 1
          fi
          echo 'Use --update-env to update environment variables'
          echo "[PM2] Applying action $1ProcessId on app [shop](ids: [ 0, 1 ])"
          replace 0
          replace 1 ;;
        'stop 0'|'stop 1')
          echo "[PM2] Applying action stopProcessId on app [$2](ids: [ '$2' ])"
          [ -e silent ] || echo "0 stopped 0" > instance$2
          echo "[PM2] [shop]($2) ✓"
          echo '│ a table │' ;;
        'start 0'|'start 1')
          echo "[PM2] Applying action restartProcessId on app [$2](ids: [ '$2' ])"
          replace "$2" ;;
        *)
          echo "[PM2][ERROR] Process or Namespace $2 not found"
          exit 1 ;;
      esac
      """, to: "pm2")
    chmod(program, 0o755)
    _ = try folder.write("1000 online 0\n", to: "instance0")
    _ = try folder.write("1001 online 0\n", to: "instance1")
  }

  func set(_ name: String) throws {
    _ = try folder.write("", to: name)
  }

  /// The arguments of each call so far.
  var calls: [String] {
    folder.read("calls")?.split(whereSeparator: \.isNewline).map(String.init) ?? []
  }
}
