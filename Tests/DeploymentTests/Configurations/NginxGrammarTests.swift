import Foundation
import Support
import Testing

@testable import Deployment

/// nginx's grammar: words, quotes, comments, blocks and included files; and what is refused, with its line.
@Suite struct NginxGrammarTests {
  private func directives(_ text: String) throws -> [NginxDirective] {
    let printed = "# configuration file /etc/nginx/nginx.conf:\n\(text)\n"
    var parser = NginxParser(try NginxFiles(printed: Array(printed.utf8)))
    return try parser.directives()
  }

  @Test(
    "Words are split as nginx splits them",
    arguments: [
      ("a b;", ["a", "b"]), ("a \"b c\" 'd;e' ;", ["a", "b c", "d;e"]), ("a b#c;", ["a", "b#c"]),
      ("a # b; {\n c;", ["a", "c"]), ("a \"\\\"\" '\\'' \\;b \\d+\\.x;", ["a", "\"", "'", "\\;b", "\\d+\\.x"]),
      ("a ${b}c $d{ }", ["a", "${b}c", "$d"]), ("a\tb\r\n;", ["a", "b"]), ("a \"\" b\"c\";", ["a", "", "b\"c\""]),
      ("a 'x\ny' z;", ["a", "x\ny", "z"]), ("a \"tab\\tend\";", ["a", "tab\tend"]),
    ])
  func words(text: String, expected: [String]) throws {
    // One that ends within a word is closed here.
    let line = try #require(try? directives(text).first ?? directives(text + ";").first)
    #expect([line.name] + line.arguments == expected)
  }

  @Test(
    "What is no nginx configuration is refused with its line",
    arguments: [
      ("events { }\nhttp {\n server {\n}", "nginx.conf:2: a block is not closed: expected '}'"),
      ("a b\n c;\n}", "nginx.conf:3: '}' closes nothing"),
      ("a \"b", "nginx.conf:1: a quote is not closed: expected \""),
      ("a {\n b }", "nginx.conf:2: expected ';' after 'b', not '}'"),
      ("\n\na b", "nginx.conf:3: expected ';' or '{' after 'a'"),
      (";", "nginx.conf:1: expected a directive before ';'"), ("{ }", "nginx.conf:1: expected a directive before '{'"),
      ("a \"b\"c;", "nginx.conf:1: expected a space or ';' after a closing quote"),
      ("x_by_lua_block {\n if a then { }", "nginx.conf:1: a block is not closed: expected '}'"),
      (String(repeating: "a {", count: 100_000), "nginx.conf:1: blocks are nested too deep"),
    ])
  func refused(text: String, message: String) {
    let error = #expect(throws: ConfigurationError.self) { try directives(text) }
    #expect(error?.description.hasSuffix(message) == true, "\(error?.description ?? "")")
  }

  @Test("A directive is written as it can be read again")
  func written() throws {
    let text = "add_header X \"a; b \\\"c\\\" \\\\ # $d\" '' always;"
    let line = try #require(try directives(text).first)
    let again = try #require(try directives(line.text).first)
    #expect(again.arguments == line.arguments && line.arguments.count == 4)
  }

  @Test("Included files on disk are found by pattern, relative to the first file, and their lines are named")
  func included() throws {
    let folder = try TemporaryFolder()
    for name in ["conf.d", "sites"] {
      try FileManager.default.createDirectory(atPath: folder.path + "/" + name, withIntermediateDirectories: true)
    }
    let main = try folder.write("include conf.d/*.conf;\ninclude sites/[ab];\ninclude none/*;", to: "nginx.conf")
    for name in ["conf.d/2.conf", "conf.d/1.conf", "conf.d/x.txt", "conf.d/.hidden.conf", "sites/b"] {
      _ = try folder.write("# \(name)\nname \(name);", to: name)
    }
    var parser = NginxParser(try NginxFiles(path: main))
    let lines = try parser.directives()
    #expect(lines.map { $0.arguments[0] } == ["conf.d/1.conf", "conf.d/2.conf", "sites/b"])
    #expect(lines.allSatisfy { $0.place.line == 2 } && lines[0].place.file == folder.path + "/conf.d/1.conf")
    #expect(parser.notUnderstood.isEmpty)
  }

  @Test("A file that includes itself, and one that is not there, end in an error and in a remark")
  func includesInVain() throws {
    #expect(throws: ConfigurationError.self) { try directives("include nginx.conf;") }
    let printed = "# configuration file /n.conf:\ninclude gone.conf;\na b;\n"
    var parser = NginxParser(try NginxFiles(printed: Array(printed.utf8)))
    #expect(try parser.directives().map(\.name) == ["include", "a"])
    #expect(
      parser.notUnderstood.map(\.description) == [
        "/n.conf:1: include gone.conf: /gone.conf: not among the files that were given"
      ])
  }

  @Test(
    "An expression is excluded only where it demands more than the text has",
    arguments: [
      ("\\.php$", "/", false), ("\\.php$", "/a.php", true), ("^/api/", "/", false), ("^/$", "/", true), ("", "/", true),
      ("/(a|b)?", "/", true), ("^/[^/]+/x", "/", false), ("a|/", "/", true), ("(a|/)", "/", true), ("b*/", "/", true),
      ("b{0,3}/", "/", true), ("b+/", "/", false), ("^.+\\.example\\.com$", "alvin.xyz", false), ("[]a]b", "/", false),
      ("\\d\\w", "/", true), ("/A", "/a", true), ("x?", "/", true),
    ])
  func expressions(expression: String, text: String, mayMatch: Bool) {
    #expect(RegexBound.mayMatch(expression, text) == mayMatch)
  }
}
