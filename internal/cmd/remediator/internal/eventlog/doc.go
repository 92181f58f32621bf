// Package eventlog reads the rotation events that CloudMonitor remembers.
//
//	Window, Query → Read → Event (as CloudMonitor gives it, and decoded) → events, events show, replay, doctor
package eventlog
