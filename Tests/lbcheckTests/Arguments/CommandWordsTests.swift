import Testing

@testable import lbcheck

@Suite struct CommandWordsTests {
  private func refusal(_ text: String) -> ValueError? {
    do throws(ValueError) {
      _ = try CommandWords(text).words
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "An unquoted shell operator is refused, also glued to a word, with the line to write instead",
    arguments: [
      ("pm2 reload A && pm2 reload B", "&&", "sh -c 'pm2 reload A && pm2 reload B'"),
      ("pm2 reload A&&pm2 reload B", "&&", "sh -c 'pm2 reload A&&pm2 reload B'"),
      ("a; b", ";", "sh -c 'a; b'"), ("a ;b", ";", "sh -c 'a ;b'"), ("a || b", "||", "sh -c 'a || b'"),
      ("a | b", "|", "sh -c 'a | b'"), ("a &", "&", "sh -c 'a &'"), ("a > /tmp/x", ">", "sh -c 'a > /tmp/x'"),
      ("a 2>x", ">", "sh -c 'a 2>x'"), ("a >> x", ">>", "sh -c 'a >> x'"), ("a < x", "<", "sh -c 'a < x'"),
      ("kill $(cat pid)", "$(", "sh -c 'kill $(cat pid)'"), ("kill `cat pid`", "`", "sh -c 'kill `cat pid`'"),
      ("echo 'it is' && b", "&&", "sh -c \"echo 'it is' && b\""), ("a 'b'&&c", "&&", "sh -c \"a 'b'&&c\""),
      ("curl http://h/?a=1&b=2", "&", "sh -c 'curl http://h/?a=1&b=2'"),
    ])
  func operators(text: String, found: String, instead: String) throws {
    let refused = try #require(refusal(text))
    #expect(refused.expectation.contains("'\(found)'"), "\(refused.expectation)")
    #expect(refused.marked == ["  " + instead])
    // What it says to write is taken, as one argument of the shell.
    #expect(try CommandWords(instead).words == ["sh", "-c", text])
  }

  @Test("With quotes of both kinds in it, the line goes into a file")
  func bothQuotes() { #expect(refusal("echo 'a' \"b\" | c")?.expectation.hasSuffix("give 'sh FILE'") == true) }

  @Test(
    "Quoted ones are arguments, and what is no operator stays",
    arguments: [
      ("sh -c 'a && b'", ["sh", "-c", "a && b"]), ("sh -c \"a; b > c\"", ["sh", "-c", "a; b > c"]),
      ("grep '|' \"&\" ';' '$(x)' '`'", ["grep", "|", "&", ";", "$(x)", "`"]), ("a $HOME $", ["a", "$HOME", "$"]),
      ("stop {instance} a=b #x ~ * !", ["stop", "{instance}", "a=b", "#x", "~", "*", "!"]), ("a'&'b c", ["a&b", "c"]),
    ])
  func quoted(text: String, words: [String]) throws { #expect(try CommandWords(text).words == words) }

  @Test("Words with operators in them are written so that they are read back")
  func roundTrip() throws {
    for words in [["a", "&&"], ["a;b", "c|d"], ["$(x)", "it's `y`"], ["a", ""], ["a\"b", "c'd"]] {
      #expect(try CommandWords(CommandWords.line(words)).words == words)
    }
  }
}
