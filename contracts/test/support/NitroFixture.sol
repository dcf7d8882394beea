// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICustomDAProofValidator} from "../../src/interfaces/ICustomDAProofValidator.sol";
import {IDisputes} from "../../src/interfaces/IDisputes.sol";
import {Test} from "./Test.sol";

/// @notice Nitro's validator, and the proofs that it is given (protocol §8).
abstract contract NitroFixture is Test {
    ICustomDAProofValidator internal validator;

    /// @dev The validity proof where the certificate and L1 alone decide.
    bytes internal constant WITHOUT_MEMBERS = "";

    function _deployValidator(IDisputes disputes) internal {
        validator = ICustomDAProofValidator(
            vm.deployCode("NitroProofValidator.sol:NitroProofValidator", abi.encode(disputes))
        );
    }

    function _sized(bytes memory certificate) internal pure returns (bytes memory) {
        return bytes.concat(bytes8(uint64(certificate.length)), certificate);
    }

    /// @param members What follows the claim: abi.encode(EpochMembers), or nothing.
    function _validity(bytes memory certificate, bytes memory members) internal pure returns (bytes memory) {
        return bytes.concat(_sized(certificate), members.length == 0 ? bytes1(0x00) : bytes1(0x01), members);
    }

    function _readProof(bytes memory certificate, bytes memory opening) internal pure returns (bytes memory) {
        return bytes.concat(_sized(certificate), opening);
    }

    function _isValid(bytes memory certificate, bytes memory members) internal view returns (bool) {
        return validator.validateCertificate(_validity(certificate, members));
    }
}
