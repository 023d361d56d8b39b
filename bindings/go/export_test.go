package cardwire

// SandboxConfig returns the configuration of the vendors on loopback.
func SandboxConfig() string { return sandbox.config }
