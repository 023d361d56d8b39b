module cardwire.io/cardwire

go 1.21
