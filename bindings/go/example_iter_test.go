//go:build go1.23

package cardwire_test

import (
	"context"
	"fmt"
	"log"

	"cardwire.io/cardwire"
)

func ExampleBatch_All() {
	client, err := cardwire.NewClient(config())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	holder := cardwire.NewCardholder("6222020000000000000", "张三").WithIDNumber("110101190001010014")
	batch := client.VerifyMany(context.Background(), cardwire.InputsOf(holder, holder))
	defer batch.Close()
	for index, item := range batch.All() {
		if item.Err != nil {
			log.Fatal(item.Err)
		}
		fmt.Println(index, item.Result.Outcome)
	}
	if err := batch.Err(); err != nil {
		log.Fatal(err)
	}
	// Unordered output:
	// 0 match
	// 1 match
}
