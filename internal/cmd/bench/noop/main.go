// Command noop is a handler that does nothing, on the runtime SDK of the function: what bench compares the function with.
package main

import (
	"context"

	"github.com/aliyun/fc-runtime-go-sdk/fc"
)

type report struct {
	Outcome string `json:"outcome"`
}

func main() {
	fc.Start(func(context.Context, []byte) (report, error) { return report{Outcome: "ignored"}, nil })
}
