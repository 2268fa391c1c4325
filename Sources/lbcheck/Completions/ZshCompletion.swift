extension CompletionTable {
  var zsh: String { "" }
}
