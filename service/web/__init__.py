"""What all pages share: languages, forms, errors, headers, caching and limits; it knows no room and no database."""
