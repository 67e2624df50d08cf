"""Where shoppers and what they did are sent: tables, and the vendors that take them."""
