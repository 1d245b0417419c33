package webhook

import "sallyport.dev/sallyport/policy/document"

// Warn lists what a policy may let webhooks do and few should.
func Warn(doc *document.Document, w *document.Problems) {
	for i := range doc.Routes {
		hook, at := doc.Routes[i].Webhook, document.Path("routes").Index(i).Key("webhook")
		if hook == nil {
			continue
		}
		if !hook.Replay {
			w.Add(at.Key("replay"), "lets one delivery in as often as somebody sends it", `leave it out, unless the upstream knows deliveries again itself`)
		}
		if hook.SHA1 {
			w.Add(at.Key("sha1"), "takes signatures by SHA-1", `leave it out: GitHub signs by SHA-256 too, in X-Hub-Signature-256`)
		}
	}
}
