"""Operations: what keeps the product safe and tells how it is."""
