package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	// maxSocketPath is how long the path of a unix socket can be on Linux, in bytes.
	maxSocketPath = 107
	// listenerFD is where a process finds the first file that was handed to it.
	listenerFD = 3
)

var errNotDeployed = errors.New("nothing is deployed here: want s deploy first")

// deployment is a function that runs in the background. All there is of it lies in a folder of the user's, so that its
// socket is nobody else's.
type deployment struct{ folder string }

// locate gives each function of each folder with an s.yaml its own place.
func locate(p props, folder string) (deployment, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return deployment{}, fmt.Errorf("finding a place for the deployment: %w", err)
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return deployment{}, fmt.Errorf("finding the folder of s.yaml: %w", err)
	}
	name := sha256.Sum256([]byte(strings.Join([]string{absolute, p.Region, p.FunctionName}, "\n")))
	d := deployment{filepath.Join(cache, "rotation-remediator", hex.EncodeToString(name[:6]))}
	if len(d.socket()) > maxSocketPath {
		return deployment{}, fmt.Errorf("%s is too long for a socket: want a shorter XDG_CACHE_HOME", d.socket())
	}
	return d, nil
}

// find is locate for what has to be there.
func find(p props, folder string) (deployment, error) {
	d, err := locate(p, folder)
	if err != nil {
		return d, err
	}
	if _, err := os.Stat(d.socket()); errors.Is(err, os.ErrNotExist) {
		return d, errNotDeployed
	}
	return d, nil
}

func (d deployment) socket() string     { return filepath.Join(d.folder, "socket") }
func (d deployment) executable() string { return filepath.Join(d.folder, "main") }

// start copies the executable, as a deployment uploads it, and starts what runs it. The socket is opened here, so that a
// call waits for the new process instead of failing.
func (d deployment) start(p props, executable, account string) error {
	if err := os.MkdirAll(d.folder, 0o700); err != nil {
		return fmt.Errorf("making a place for the deployment: %w", err)
	}
	if err := copyExecutable(executable, d.executable()); err != nil {
		return fmt.Errorf("copying the executable: %w", err)
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: d.socket(), Net: "unix"})
	if err != nil {
		return fmt.Errorf("opening the socket: %w", err)
	}
	defer listener.Close()
	listener.SetUnlinkOnClose(false)
	handed, err := listener.File()
	if err != nil {
		return fmt.Errorf("handing on the socket: %w", err)
	}
	defer handed.Close()
	return d.spawn(p, account, handed)
}

// spawn starts this program once more, in a session of its own and with neither its output nor its environment: whoever
// waits for the end of this one's output does not wait for it, and no credentials stay in memory.
func (d deployment) spawn(p props, account string, listener *os.File) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	stdin, err := propsFile(p)
	if err != nil {
		return err
	}
	defer stdin.Close()
	background := exec.Command(self, "serve", "--place", d.folder, "--account", account)
	background.Dir = d.folder
	background.Env = []string{"PATH=" + os.Getenv("PATH")}
	background.Stdin = stdin
	background.ExtraFiles = []*os.File{listener}
	background.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := background.Start(); err != nil {
		return fmt.Errorf("starting the deployment: %w", err)
	}
	return background.Process.Release()
}

// propsFile is a file without a name: the values in it are to be read once, and not to be found on a disk.
func propsFile(p props) (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("opening a pipe: %w", err)
	}
	go func() {
		defer w.Close()
		_ = json.NewEncoder(w).Encode(p) // whoever reads it says what is missing
	}()
	return r, nil
}

func copyExecutable(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o700)
}

func (d deployment) invoke(ctx context.Context, payload []byte) (answer, error) {
	var a answer
	err := d.call(ctx, http.MethodPost, "/invocations", payload, &a)
	return a, err
}

// remove says whether there was something to remove. What was killed leaves its folder behind, and nobody who listens.
func (d deployment) remove(ctx context.Context) (found bool, err error) {
	if _, err := os.Stat(d.folder); errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err := d.call(ctx, http.MethodDelete, "/", nil, nil); err != nil && !errors.Is(err, errNotDeployed) {
		return false, fmt.Errorf("ending the deployment: %w", err)
	}
	if err := os.RemoveAll(d.folder); err != nil {
		return false, fmt.Errorf("removing the deployment: %w", err)
	}
	return true, nil
}

// call asks the process behind the socket.
func (d deployment) call(ctx context.Context, method, path string, body []byte, into any) error {
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", d.socket())
		},
	}}
	request, err := http.NewRequestWithContext(ctx, method, "http://local"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if isGone(err) {
		return errNotDeployed
	}
	if err != nil {
		return fmt.Errorf("asking the deployment: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(response.Body)
		return fmt.Errorf("the deployment refused: %s", bytes.TrimSpace(said))
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(into)
}

// isGone says that nobody listens at the socket.
func isGone(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
}
