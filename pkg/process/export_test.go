package process

// NewNotReadyListener opens it to the tests.
var NewNotReadyListener = newNotReadyListener
