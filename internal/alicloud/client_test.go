package alicloud

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// serveTLS starts an HTTPS server, and a KMS that trusts its certificate.
func serveTLS(t *testing.T, handler http.HandlerFunc, config *tls.Config) (*httptest.Server, *KMS) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.TLS = config
	server.EnableHTTP2 = true
	server.Config.ErrorLog = quiet
	server.StartTLS()
	t.Cleanup(server.Close)
	client := newClient(t, server.URL)
	client.transport.TLSClientConfig.RootCAs = x509.NewCertPool()
	client.transport.TLSClientConfig.RootCAs.AddCert(server.Certificate())
	return server, client.KMS(region, canaries)
}

func answerAccepted(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, accepted()) }

// A host that answers in place of KMS with a certificate of its own must get no token.
func TestACertificateThatNobodyTrustsIsRefused(t *testing.T) {
	hits := 0
	server, k := serveTLS(t, func(w http.ResponseWriter, r *http.Request) { hits++; answerAccepted(w, r) }, nil)
	if err := rotate(t.Context(), k); err != nil {
		t.Fatalf("with its certificate trusted: %v", err)
	}
	checkClass(t, rotate(t.Context(), newKMS(t, server.URL)), remediation.NotSent)
	if hits != 1 {
		t.Errorf("%d requests came through, want only the trusted one", hits)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	_, k := serveTLS(t, answerAccepted, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	checkClass(t, rotate(t.Context(), k), remediation.NotSent)
	if got := k.client.transport.TLSClientConfig.MinVersion; got != tls.VersionTLS12 {
		t.Errorf("the oldest TLS is %x, want 1.2 whatever GODEBUG says", got)
	}
}

// An HTTP/2 transport sends a request again by itself when a connection goes away.
func TestCallsUseHTTP1(t *testing.T) {
	protocol := ""
	_, k := serveTLS(t, func(w http.ResponseWriter, r *http.Request) { protocol = r.Proto; answerAccepted(w, r) }, nil)
	if err := rotate(t.Context(), k); err != nil || protocol != "HTTP/1.1" {
		t.Errorf("got %q, %v, want HTTP/1.1", protocol, err)
	}
}

// The variables of the environment are not ours: one that is broken must not stop the function, nor may one lead a
// request, whose address holds the token, through a proxy.
func TestProxyVariablesChangeNothing(t *testing.T) {
	proxy := newRecorder(t)
	names := []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"}
	rows := map[string]map[string]string{
		"a proxy that listens":         {"*": proxy.address},
		"a proxy that is no address":   {"*": "http://user:CanaryKeySecret@ho st:1"},
		"exceptions that do not parse": {"NO_PROXY": "(", "no_proxy": "["},
		"exceptions for all":           {"*": proxy.address, "NO_PROXY": "*"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			for _, variable := range names {
				t.Setenv(variable, row["*"])
				if value, set := row[variable]; set {
					t.Setenv(variable, value)
				}
			}
			if err := rotate(t.Context(), newKMS(t, newRecorder(t).address)); err != nil {
				t.Errorf("over http: %v", failure(t, err))
			}
			_, k := serveTLS(t, answerAccepted, nil)
			if err := rotate(t.Context(), k); err != nil {
				t.Errorf("over https: %v", failure(t, err))
			}
		})
	}
	// A loopback address passes any proxy of net/http by, so that the transport has none is looked up.
	if newClient(t, "").transport.Proxy != nil {
		t.Error("the transport asks for a proxy")
	}
	if got := len(proxy.calls()); got != 0 {
		t.Errorf("%d requests went through the proxy, want none", got)
	}
}

func TestTheUserAgentNamesThisSoftware(t *testing.T) {
	var got string
	address := serve(t, func(w http.ResponseWriter, r *http.Request) { got = r.UserAgent(); answerAccepted(w, r) })
	client, err := New(Options{KMSEndpoint: address, UserAgent: "v1.2.3\r\nX: (y)"})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	if err := rotate(t.Context(), client.KMS(region, canaries)); err != nil || got != "rotation-remediator/v1.2.3Xy" {
		t.Errorf("got %q, %v, want rotation-remediator/v1.2.3Xy", got, err)
	}
}

// No endpoint means the real service, over HTTPS.
func TestTheDefaultEndpointIsThePublicOne(t *testing.T) {
	client, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := client.KMS(region, canaries).target, (endpoint{"https", "kms.cn-hangzhou.aliyuncs.com"}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
