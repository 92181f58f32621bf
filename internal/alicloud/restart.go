package alicloud

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
)

// RestartWithoutSDKDebug starts the executable again, in the same process, when the variable DEBUG has the part "sdk" in
// its comma list: the SDK then prints every signed address, token included. It reads the variable before main begins, so
// changing it here is too late for this start. Other parts of DEBUG stay. It returns only if nothing had to be done, or
// with an error.
func RestartWithoutSDKDebug() error {
	parts := strings.Split(os.Getenv("DEBUG"), ",")
	rest := slices.DeleteFunc(slices.Clone(parts), func(part string) bool { return part == "sdk" })
	if len(rest) == len(parts) {
		return nil
	}
	if err := os.Setenv("DEBUG", strings.Join(rest, ",")); err != nil {
		return fmt.Errorf("cleaning DEBUG: %w", err)
	}
	executable, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding the executable to start without DEBUG=sdk: %w", err)
	}
	if err := syscall.Exec(executable, os.Args, os.Environ()); err != nil {
		return fmt.Errorf("starting again without DEBUG=sdk: %w", err)
	}
	return nil
}
