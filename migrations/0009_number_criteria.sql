-- Which numbers are an operator's, a region's or a zone's: a criterion of a list asks it of every client.
--
-- As one multirange, in which a number is found by halving: a look-up of millions of numbers one by one takes seconds.

-- By range alone; who asks looks at ported_number as well.
CREATE FUNCTION numbers_of_operators(codes text[]) RETURNS int8multirange
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT range_agg(int8range(r.lo, r.hi, '[]'))
      FROM numbering_version v
      JOIN numbering_range r ON r.version_id = v.id
      JOIN numbering_operator_name n ON n.id = r.operator_name_id
      JOIN operator o ON o.id = n.operator_id
     WHERE v.valid_to IS NULL AND o.code = ANY (codes)
$$;
CREATE FUNCTION numbers_of_regions(names text[]) RETURNS int8multirange
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT range_agg(int8range(r.lo, r.hi, '[]'))
      FROM numbering_version v
      JOIN numbering_range r ON r.version_id = v.id
      JOIN numbering_region_name n ON n.id = r.region_name_id
      JOIN region g ON g.id = ANY (n.region_ids)
     WHERE v.valid_to IS NULL AND g.name = ANY (names)
$$;
-- Numbers whose holder is in one of the zones for certain.
CREATE FUNCTION numbers_of_zones(names text[]) RETURNS int8multirange
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT range_agg(int8range(r.lo, r.hi, '[]'))
      FROM numbering_version v
      JOIN numbering_range r ON r.version_id = v.id
      JOIN numbering_region_name n ON n.id = r.region_name_id
     WHERE v.valid_to IS NULL AND n.zones <@ names AND n.zones <> '{}'
$$;
COMMENT ON FUNCTION numbers_of_regions IS 'a range of several regions counts for each of them';
