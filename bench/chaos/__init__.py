"""Kill what can be killed while journeys run and events come in, and count afterwards what was lost or came twice."""
