package fcruntime

import (
	"io"
	"net/http"
	"time"
)

const (
	apiPath = "/2020-11-11/runtime/invocation/"

	// maxAnswer is the documented limit of a synchronous payload, in bytes
	// (https://alibabacloud.com/help/en/functioncompute/fc-3-0/product-overview/limits-of-usage).
	maxAnswer = 32 << 20
)

func (i *instance) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+apiPath+"next", i.next)
	mux.HandleFunc("POST "+apiPath+"{id}/response", i.answer(false))
	mux.HandleFunc("POST "+apiPath+"{id}/error", i.answer(true))
	return mux
}

// next holds a poll until there is an event for it. It never answers with an error: the SDK would ask again at once,
// thousands of times a second.
func (i *instance) next(w http.ResponseWriter, r *http.Request) {
	poll := make(chan *invocation, 1)
	select {
	case i.polls <- poll:
	case <-r.Context().Done():
		return
	}
	inv := <-poll
	for name, values := range inv.header {
		w.Header()[name] = values
	}
	_, _ = w.Write(inv.event) // a process that does not read it ends, or runs into its deadline
}

func (i *instance) answer(failed bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAnswer))
		if err != nil {
			http.Error(w, "the body cannot be read", http.StatusBadRequest)
			return
		}
		if !i.accept(r.PathValue("id"), &answer{failed: failed, body: body, at: time.Now()}) {
			http.Error(w, "no invocation of that id waits for an answer", http.StatusBadRequest)
		}
	}
}
