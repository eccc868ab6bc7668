"""Letters to courts and ministries, and the register of addressees."""
