package main

import (
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"syscall"

	"github.com/aliyun/fc-runtime-go-sdk/fc"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/version"
)

func main() {
	signal.Ignore(syscall.SIGPIPE) // a closed stdout would end the process; as an error it changes nothing
	handler, err := start(os.Environ())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fc.Start(handler.Invoke)
}

func start(environ []string) (*handler, error) {
	s, err := config.Load(environ)
	if err != nil {
		return nil, err
	}
	client, err := alicloud.New(alicloud.Options{
		KMSEndpoint:          s.KMSEndpoint,
		CloudMonitorEndpoint: s.CloudMonitorEndpoint,
		UserAgent:            version.Version,
	})
	if err != nil {
		return nil, err
	}
	disableProxies()
	limitMemory(os.Getenv("FC_FUNCTION_MEMORY_SIZE"))
	return newHandler(s, client, os.Stdout), nil
}

// disableProxies keeps the runtime API away from the proxy variables of the environment: the runtime SDK reaches it over
// the default transport, and what it answers carries the credentials.
func disableProxies() {
	if transport, ok := http.DefaultTransport.(*http.Transport); ok {
		transport.Proxy = nil
	}
}

// limitMemory has the garbage collector work before the platform kills the instance: a payload may have 32 MB, and one over
// HTTP is in memory before its token can be checked. megabytes is what the platform says the function has.
// https://www.alibabacloud.com/help/en/functioncompute/fc/environment-variables
func limitMemory(megabytes string) {
	const share = 3 // quarters; the rest is for what the collector does not count
	if size, err := strconv.ParseInt(megabytes, 10, 32); err == nil && size > 0 {
		debug.SetMemoryLimit(size << 20 * share / 4)
	}
}
