import Platform
import Testing

@testable import Deployment

/// Who gets a signal: a process that is not what the manager's name says must not.
@Suite struct ServerProgramTests {
  private static let gunicorn = SignalledServer.gunicorn.program
  private static let puma = SignalledServer.puma.program
  private static let fpm = SignalledServer.phpFPM.program
  private static let nginx = SignalledServer.nginx.program

  @Test(
    "A process is recognized by its title, its executable, or the script that its interpreter runs",
    arguments: [
      (gunicorn, "gunicorn", ["gunicorn: master [shop:app]"], true),
      (gunicorn, "gunicorn", ["/usr/bin/python3", "/usr/bin/gunicorn", "--pid", "x"], true),
      (gunicorn, "python3", ["python3", "-u", "-m", "gunicorn", "app:app"], true),
      (gunicorn, "python3.11", ["/venv/bin/python3.11", "/venv/lib/gunicorn/__main__.py"], true),
      (gunicorn, "python3", ["python3", "manage.py", "gunicorn"], false),
      (gunicorn, "python3", ["python3", "-m", "http.server", "gunicorn"], false),
      (gunicorn, "vim", ["vim", "gunicorn"], false),
      (gunicorn, "gunicornish", ["gunicornish"], false),
      (gunicorn, "gunicorn", ["sleep", "60"], false),
      (puma, "ruby", ["puma 6.4.2 (tcp://0.0.0.0:3000) [shop]"], true),
      (puma, "ruby3.1", ["/usr/bin/ruby3.1", "-S", "puma", "-w", "2"], true),
      (puma, "ruby", ["ruby", "sidekiq"], false),
      (fpm, "php-fpm8.2", ["php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)"], true),
      (fpm, "php-fpm8.2", ["/usr/sbin/php-fpm8.2", "--nodaemonize"], true),
      (fpm, "php8.2", ["php8.2", "-S", "php-fpm"], false),
      (nginx, "nginx", ["nginx: master process /usr/sbin/nginx -g daemon on;"], true),
      (nginx, "nginx-exporter", ["/usr/bin/nginx-prometheus-exporter"], false),
      (nginx, "nginx", [], true), (nginx, "kworker/0:1", [], false),
    ])
  func recognized(_ program: ServerProgram, _ name: String, _ arguments: [String], _ isOne: Bool) {
    #expect(program.matches(ProcessEntry(pid: 9, name: name, arguments: arguments)) == isOne)
    #expect(!program.matches(ProcessEntry(pid: 9, name: name, arguments: arguments, isZombie: true)))
  }
}
