/// The page that a live server shows: static but for the number that lets its own script and style be used.
enum LivePage {
  static func html(nonce: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="no-referrer">
    <link rel="icon" href="data:,">
    <title>lbcheck live</title>
    <style nonce="\(nonce)">
    \(style)
    </style>
    </head>
    \(body)
    <script nonce="\(nonce)">
    \(script)
    </script>
    </body>
    </html>
    """
  }

  /// What stands still; the script fills it.
  private static let body = """
    <body>
    <main>
    <header>
    <h1><span id="check">lbcheck</span> <span id="target"></span></h1>
    <p id="status" role="status">connecting …</p>
    <progress id="progress" max="1" aria-label="progress"></progress>
    </header>
    <section id="ending" hidden aria-label="result">
    <p id="result"></p>
    <iframe id="report" title="report" hidden></iframe>
    </section>
    <section aria-label="figures">
    <dl id="figures"></dl>
    </section>
    <section aria-labelledby="over-time">
    <h2 id="over-time">Over time</h2>
    <svg id="rate" role="img" aria-label="requests a second, and failures"></svg>
    <svg id="latency" role="img" aria-label="latency p50 and p99 of each second"></svg>
    </section>
    <section aria-labelledby="backends-title">
    <h2 id="backends-title">Backends</h2>
    <div class="wide"><table id="backends"></table></div>
    </section>
    <section id="lives-section" aria-labelledby="lives-title" hidden>
    <h2 id="lives-title">Generations</h2>
    <svg id="lives" role="img" aria-label="when each generation answered first and last"></svg>
    <div class="wide"><table id="lives-table"></table></div>
    </section>
    <section aria-labelledby="stages-title">
    <h2 id="stages-title">Phases</h2>
    <div class="wide"><table id="stages"></table></div>
    <p class="note">Requests are counted in the phase in which they were answered; the report counts them by when they were due.</p>
    </section>
    <section id="failures-section" aria-labelledby="failures-title" hidden>
    <h2 id="failures-title">Failures</h2>
    <div class="wide"><table id="failures"></table></div>
    </section>
    <section id="judged-section" aria-labelledby="judged-title">
    <h2 id="judged-title">Assertions</h2>
    <div class="wide"><table id="so-far" hidden></table></div>
    <div class="wide"><table id="judged"></table></div>
    <p id="open" class="note">Whatever is not listed is judged at the end. What has failed here stays failed, unless lbcheck itself was paused.</p>
    </section>
    <section id="events-section" aria-labelledby="events-title" hidden>
    <h2 id="events-title">Events</h2>
    <div class="wide"><table id="events"></table></div>
    </section>
    </main>
    """
}
