// Package vendortest calls the stand-in with the vendor's current KMS client, which signs in headers.
//
// It is a module of its own, so that the function's module does not depend on that client and what it pulls in.
package vendortest
