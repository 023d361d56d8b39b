// Reads a card or verifies its holder: demo CONFIG_JSON_FILE PHOTO [recognize|verify VENDOR[,VENDOR]...]...
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"strings"

	"cardwire.io/cardwire"
)

func main() {
	config, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	client, err := cardwire.NewClient(string(config))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx := context.Background()
	holder := cardwire.NewCardholder("6222020000000000000", "张三").WithIDNumber("110101190001010014")
	for i := 3; i+1 < len(os.Args); i += 2 {
		vendors := cardwire.WithVendors(strings.Split(os.Args[i+1], ",")...)
		row := map[string]any{"language": "Go", "operation": os.Args[i]}
		var facts cardwire.Facts
		if os.Args[i] == "recognize" {
			card, err := client.Recognize(ctx, cardwire.ImageFile(os.Args[2]), vendors)
			if err != nil {
				log.Fatal(err)
			}
			row["card"], row["issuer"], row["outcome"], facts = card.MaskedCardNumber(), card.Issuer, "ok", card.Facts
		} else {
			answer, err := client.Verify(ctx, holder, vendors)
			if err != nil {
				log.Fatal(err)
			}
			row["card"], row["outcome"], facts = "622202*********0000", answer.Outcome, answer.Facts
		}
		row["vendor"], row["billed"], row["order_id"] = facts.Vendor, facts.Billed, facts.OrderID
		row["milliseconds"] = facts.Attempts[0].Duration.Milliseconds()
		if err := json.NewEncoder(os.Stdout).Encode(row); err != nil {
			log.Fatal(err)
		}
	}
}
