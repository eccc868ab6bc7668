"""News of an appeal: who asked for them, the mails, the link that ends them, the page and the feed."""
