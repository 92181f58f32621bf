package main

import (
	"fmt"
	"os"

	"github.com/aliyun/fc-runtime-go-sdk/fc"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
)

func main() {
	handler, err := start(os.Environ())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fc.Start(handler.Invoke)
}

func start(environ []string) (*handler, error) {
	if err := alicloud.RestartWithoutSDKDebug(); err != nil {
		return nil, err
	}
	s, err := loadSettings(environ)
	if err != nil {
		return nil, err
	}
	client, err := alicloud.New(alicloud.Options{
		KMSEndpoint:          string(s.KMSEndpoint),
		CloudMonitorEndpoint: string(s.CloudMonitor),
	})
	if err != nil {
		return nil, err
	}
	return newHandler(s, client, os.Stdout), nil
}
