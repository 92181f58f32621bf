// Package config is the settings of the function: its environment variables, what they default to, and what is right.
//
//	environment → Load → Settings → Policy
//
// Table lists each variable once; README shows it, and a test compares the two. The function, the operator's command, the
// local component and the checks of s.yaml all read settings through Load, so that no two of them differ on a value.
package config
