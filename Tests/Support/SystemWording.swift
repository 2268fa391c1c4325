internal import Glibc

/// The words of the machine's own C library: what a test expects lbcheck to hand on, whatever they are.
package enum SystemWording {
  package static let noSuchFile = text(ENOENT)
  package static let notPermitted = text(EACCES)
  package static let notAFolder = text(ENOTDIR)
  package static let connectionRefused = text(ECONNREFUSED)

  private static func text(_ number: Int32) -> String { String(cString: strerror(number)) }
}
