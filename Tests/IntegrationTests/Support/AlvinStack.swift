import Foundation
import Support
import Testing

/// The stack of `Profiles/alvin.xyz` under pm2, or under the stand-in for it: a copy on ports of its own.
final class AlvinStack {
  let pm2: PM2App
  /// nginx's, for http and for https.
  let ports = FreePort.reserve(2)
  /// The instances', which pm2 counts upwards, and the backup's.
  private let appPorts = FreePort.reserveRow(3) + [FreePort.reserve()]
  private var nginx: ServerProcess?
  /// Where the copy is, and the certificates.
  var folder: TemporaryFolder { pm2.tool.folder }

  /// - Parameter configuration: nginx's, `nginx.conf` or `https.conf`.
  init(program: String, configuration: String) throws {
    pm2 = try PM2App(program: program)
    try copyProfiles()
    let site = folder.path + "/Profiles/alvin.xyz"
    try pm2.shell("'\(program)' start '\(site)/ecosystem.config.cjs'")
    let deadline = Date(timeIntervalSinceNow: 30)
    while !appPorts.allSatisfy(FreePort.answers), Date() < deadline { usleep(20_000) }
    if configuration == "https.conf" { try pm2.shell("sh '\(site)/certificate.sh' '\(folder.path)'") }
    nginx = try ServerProcess(
      "nginx", ["-p", site, "-e", folder.path + "/start.log", "-c", configuration, "-g", "daemon off;"],
      debianPackage: "nginx", in: folder, ports: configuration == "https.conf" ? ports : [ports[0]])
  }

  deinit { nginx?.stop() }

  /// The profiles and the site, with other ports and another folder in place of /tmp; `pm2` is the program that is tested.
  private func copyProfiles() throws {
    let manager = FileManager.default
    try manager.copyItem(atPath: LbcheckTool.root + "/Profiles", toPath: folder.path + "/Profiles")
    try manager.createDirectory(atPath: folder.path + "/bin", withIntermediateDirectories: false)
    try manager.createSymbolicLink(atPath: folder.path + "/bin/pm2", withDestinationPath: pm2.program)
    let changes =
      [
        ("/tmp/", folder.path + "/"), ("127.0.0.1:8080", "127.0.0.1:\(ports[0])"),
        ("127.0.0.1:8443", "127.0.0.1:\(ports[1])"),
      ]
      + zip(["3001", "3002", "3003", "3011"], appPorts).map { ($0, "\($1)") }
    for name in [
      "default.json5", "https.json5", "alvin.xyz/nginx.conf", "alvin.xyz/https.conf", "alvin.xyz/upstream.conf",
      "alvin.xyz/ecosystem.config.cjs",
    ] {
      var text = try #require(folder.read("Profiles/" + name))
      // By way of marks, since a new port may have an old one within it.
      for (index, change) in changes.enumerated() { text = text.replacingOccurrences(of: change.0, with: "<\(index)>") }
      for (index, change) in changes.enumerated() { text = text.replacingOccurrences(of: "<\(index)>", with: change.1) }
      _ = try folder.write(text, to: "Profiles/" + name)
    }
  }

  /// Runs lbcheck in the folder that has the profiles.
  func lbcheck(_ arguments: [String]) throws -> LbcheckTool.Outcome {
    let path = "\(folder.path)/bin:\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"
    return try pm2.tool.run(arguments, environment: pm2.environment.merging(["PATH": path]) { $1 })
  }
}
